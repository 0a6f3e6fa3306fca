"""Documents that are out of reach for a while: no page fails for good, and the next night reads them unasked."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from olmocr_core import process_pdf_file_async
from olmocr_core.documents.rules import TRY_AGAIN
from olmocr_core.domain.errors import DocumentUnavailable
from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.models import Document
from olmocr_core.ledger.diff import Again
from olmocr_core.ledger.rows import DUE
from olmocr_core.sources import identify
from olmocr_core.stages import document_reader, documents, output, pages
from olmocr_core.stages.compare_sources import ComparePolicy, compare_sources
from olmocr_core.stages.output import RunSummary
from olmocr_core.storage.runs import RunFolder
from tests.core.stages.nights import counts, ledger, night, texts, write
from tests.core.stages.walking import INSTANT, opened

# Whole nights.
pytestmark = pytest.mark.slow
IMPATIENT = {"orchestration": {"patience_seconds": 0, "workers": 1}}
NAMES = ("a.pdf", "b.pdf")


@pytest.fixture
def site(samples: Path, tmp_path: Path) -> tuple[Path, Path]:
    """An inbox with two documents, and a workspace."""
    for name in NAMES:
        write(tmp_path / "in" / name, samples, name)
    return tmp_path / "in", tmp_path / "ws"


async def night_in_which(
    happens: Any, inbox: Path, workspace: Path, run: str = "n1", again: Again = "none"
) -> RunSummary:
    """A night in which something happens between the plan and the reading of pages."""
    async with opened([inbox], workspace, IMPATIENT, run=run) as (ref, runtime):
        found = await compare_sources(ref, runtime, ComparePolicy(again=again))
        for batch in found.batches:
            await documents.inspect_batch(ref, runtime, batch)
        plan = await documents.make_plan(ref, runtime)
        happens()
        for piece in plan.slices:
            await pages.read_pages(ref, runtime, piece.index)
        for batch in found.batches:
            await output.assemble_batch(ref, runtime, batch)
        await output.judge(ref)
        await output.publish(ref, runtime)
        return await output.report(ref, runtime, 0)


def reasons(workspace: Path, run: str) -> dict[str, tuple[str, ...]]:
    judged = RunFolder(workspace / "runs" / run).judged()
    return {one.record.sources[0].name: one.record.reasons for one in judged if one.record.status == "failed"}


def outcomes(workspace: Path) -> dict[str, str]:
    return {Path(source).name: row.outcome for source, row in ledger(workspace).items() if row.status == "present"}


async def test_a_file_that_is_moved_away_and_back_is_read_by_the_next_night(site: tuple[Path, Path]) -> None:
    inbox, workspace = site
    away = inbox.parent / "away.pdf"
    summary = await night_in_which(lambda: (inbox / "b.pdf").rename(away), inbox, workspace)
    assert summary.any_failed
    assert reasons(workspace, "n1") == {
        "b.pdf": ("page 1 of b.pdf: the file can no longer be read: No such file or directory", TRY_AGAIN)
    }
    assert outcomes(workspace) == {"a.pdf": "kept", "b.pdf": "failed"}
    assert [path for path in (workspace / "pages").rglob("0*.json") if '"failed"' in path.read_text()] == []
    away.rename(inbox / "b.pdf")
    second = await night([inbox], workspace, "n2")
    assert (second.documents, second.counts.again, second.counts.unchanged) == (1, 1, 1)
    assert outcomes(workspace) == {"a.pdf": "kept", "b.pdf": "kept"}
    assert counts(workspace) == {"documents": 2, "kept": 2}
    assert (await night([inbox], workspace, "n3")).is_idle


async def test_a_file_that_is_touched_is_read_in_the_same_night(site: tuple[Path, Path]) -> None:
    inbox, workspace = site
    summary = await night_in_which(lambda: os.utime(inbox / "b.pdf", ns=(1, 1)), inbox, workspace)
    assert not summary.any_failed
    assert outcomes(workspace) == {"a.pdf": "kept", "b.pdf": "kept"}


async def test_a_file_that_is_replaced_is_read_by_the_next_night(site: tuple[Path, Path], samples: Path) -> None:
    inbox, workspace = site
    assert (await night_in_which(lambda: write(inbox / "b.pdf", samples, "new"), inbox, workspace)).any_failed
    assert "has changed since the run found it" in reasons(workspace, "n1")["b.pdf"][0]
    await night([inbox], workspace, "n2")
    assert counts(workspace) == {"documents": 2, "kept": 2}


async def test_a_text_in_the_dataset_stays_while_its_file_is_away(site: tuple[Path, Path]) -> None:
    inbox, workspace = site
    await night([inbox], workspace, "n1")
    before, away = texts(workspace), inbox.parent / "away.pdf"
    for stored in ("pages", "images"):
        shutil.rmtree(workspace / stored)
    summary = await night_in_which(lambda: (inbox / "b.pdf").rename(away), inbox, workspace, "n2", again="all")
    assert summary.any_failed
    assert texts(workspace) == before
    assert ledger(workspace)[str(inbox / "b.pdf")].recipe == DUE
    away.rename(inbox / "b.pdf")
    third = await night([inbox], workspace, "n3")
    assert (third.documents, third.counts.again) == (1, 1)
    assert ledger(workspace)[str(inbox / "b.pdf")].run == "n3"
    assert (await night([inbox], workspace, "n4")).is_idle


@pytest.fixture
def stale(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of files that a server of files gives no longer."""
    names: set[str] = set()
    read_head = identify.read_head

    def read(path: Path) -> bytes:
        if path.name in names:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), str(path))
        return read_head(path)

    monkeypatch.setattr(identify, "read_head", read)
    return names


async def test_a_new_file_that_cannot_be_opened_is_due_each_night(site: tuple[Path, Path], stale: set[str]) -> None:
    inbox, workspace = site
    stale.add("b.pdf")
    for run in ("n1", "n2"):
        found = await night([inbox], workspace, run)
        assert (found.problems, found.is_idle) == (1, False)
        assert reasons(workspace, run) == {"b.pdf": ("the file cannot be read: Stale file handle", TRY_AGAIN)}
    stale.clear()
    assert (await night([inbox], workspace, "n3")).documents == 1
    assert counts(workspace) == {"documents": 2, "kept": 2}


async def test_what_a_changed_file_held_before_stays_until_it_can_be_opened(
    site: tuple[Path, Path], samples: Path, stale: set[str]
) -> None:
    inbox, workspace = site
    await night([inbox], workspace, "n1")
    before = texts(workspace)
    write(inbox / "b.pdf", samples, "newer and longer")
    stale.add("b.pdf")
    assert (await night([inbox], workspace, "n2")).problems == 1
    assert texts(workspace) == before
    assert list(reasons(workspace, "n2")) == ["b.pdf"]
    stale.clear()
    assert (await night([inbox], workspace, "n3")).documents == 1
    assert counts(workspace) == {"documents": 2, "kept": 2}
    assert texts(workspace)["b.pdf"] != before["b.pdf"]


async def test_one_file_that_goes_away_while_it_is_read_raises(
    site: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    identified = document_reader._identify

    async def lose(path: str, runtime: Any) -> Document:
        found = await identified(path, runtime)
        Path(path).unlink()
        return found

    monkeypatch.setattr(document_reader, "_identify", lose)
    settings = load_settings(INSTANT, IMPATIENT)
    with pytest.raises(DocumentUnavailable, match="can no longer be read"):
        await process_pdf_file_async(site[0] / "a.pdf", settings=settings)
