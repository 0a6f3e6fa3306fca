from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.domain.errors import RunError
from olmocr_core.ledger.diff import Identified, IdentifiedItem
from olmocr_core.ledger.sources_state import SourceCounts, SourcesFiles, SourcesState

STATE = SourcesState(
    listed="2026-11-22T01:00:00.000+00:00",
    specs=("/in", "/old/a.pdf"),
    blind=("/in/closed",),
    notes=("/in/closed: the folder cannot be listed",),
    again="failed",
    recipe="r",
    counts=SourceCounts(listed=3, new=1, unchanged=2, unchanged_outcomes={"kept": 2}),
)


def test_the_state_survives_its_file(tmp_path: Path) -> None:
    files = SourcesFiles(tmp_path)
    files.write_state(STATE)
    assert SourcesFiles(tmp_path).state() == STATE


def test_a_run_that_has_not_compared_its_sources_has_no_state(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"sources\.json is missing: the run has not listed its sources"):
        SourcesFiles(tmp_path).state()


def test_the_scope_is_what_was_looked_at() -> None:
    scope = STATE.scope
    assert scope.covers("/in/b.pdf")
    assert scope.covers("/old/a.pdf")
    assert not scope.covers("/old/b.pdf")
    assert not scope.covers("/in/closed/c.pdf")
    assert scope.is_blind("/in/closed/c.pdf")


def test_what_was_read_comes_back_in_order(tmp_path: Path) -> None:
    items = (IdentifiedItem(source="/a.tar::x\u2028y", name="ü", doc_id="d" * 64), IdentifiedItem(source="b", name="b"))
    found = [Identified(uri=uri, size=1, version="1", items=items) for uri in ("/a", "/b\nc", "/d")]
    SourcesFiles(tmp_path).write_identified(iter(found))
    assert list(SourcesFiles(tmp_path).identified()) == found
