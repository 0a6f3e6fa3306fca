from __future__ import annotations

from pathlib import Path

from olmocr_core.domain.errors import UnreadableDocument
from olmocr_core.domain.models import Source
from olmocr_core.sources.found import Collected, NotFollowed, Origin, problem


def test_an_error_becomes_a_problem_of_its_source() -> None:
    source = Source(uri="/a.pdf", name="a.pdf")
    made = problem(source, UnreadableDocument("the file is empty"))
    assert (made.source, made.error.code, made.error.message) == (source, "unreadable_document", "the file is empty")


def test_what_was_found_survives_json() -> None:
    source = Source(uri="/a.pdf", name="a.pdf")
    found = Collected(
        documents=(), problems=(problem(source, UnreadableDocument("no")),), skipped=2, notes=("a note",),
        not_followed=(NotFollowed(source=source, reason="it is a link"),),
    )  # fmt: skip
    assert Collected.model_validate_json(found.model_dump_json()) == found


def test_a_text_is_nested_below_a_list(tmp_path: Path) -> None:
    assert not Origin(tmp_path).nested
    assert Origin(tmp_path, (tmp_path / "list.txt",)).nested
