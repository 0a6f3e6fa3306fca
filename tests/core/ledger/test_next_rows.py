from __future__ import annotations

from typing import Any

from olmocr_core.ledger.changes import DatasetChanges, NewRecord
from olmocr_core.ledger.next_rows import NextRows
from tests.core.ledger.rows import row

KEY = "d" * 64


def rows_of(changes: DatasetChanges | None = None, fresh: bool = False, **fields: Any) -> NextRows:
    made = {KEY: NewRecord("kept", "text", 0)} if fresh else {}
    return NextRows("run", "recipe", made, changes or DatasetChanges(), **fields)


def test_rows_that_the_run_has_not_touched_stay_as_they_are() -> None:
    known = row(markdown="markdown/a.md")
    assert rows_of().updated(known) == known
    skipped = row(doc_id="", outcome="skipped", part=None)
    assert rows_of().updated(skipped) == skipped


def test_a_document_that_was_read_has_the_run_the_recipe_and_its_place() -> None:
    rows = rows_of(fresh=True, placed={KEY: (7, "partial")}, paths={"/a": "markdown/a.md"})
    found = rows.updated(row(outcome="", part=None, recipe=""))
    expected = {"outcome": "partial", "part": 7, "run": "run", "recipe": "recipe", "text_digest": "text"}
    assert found == row(**expected, markdown="markdown/a.md")


def test_a_document_that_left_the_dataset_has_no_place() -> None:
    found = rows_of(DatasetChanges(gone={KEY})).updated(row(markdown="markdown/a.md"))
    assert (found.part, found.markdown, found.doc_id) == (None, None, KEY)


def test_a_second_source_takes_what_is_known_of_the_document() -> None:
    known = row(outcome="duplicate", run="older", text_digest="text", part=3)
    rows = rows_of(DatasetChanges(records={KEY: known}, moved={KEY}), paths={"/b": "markdown/b.md"})
    found = rows.updated(row("/b", outcome="", recipe="", part=None))
    assert found == row("/b", outcome="duplicate", run="older", text_digest="text", part=3, markdown="markdown/b.md"), (
        "it was read by the older run"
    )


def test_a_source_that_a_document_lost_has_no_markdown() -> None:
    rows = rows_of(DatasetChanges(records={KEY: row()}, moved={KEY}), paths={"/b": "markdown/b.md"})
    assert rows.updated(row(status="deleted", markdown="markdown/a.md")).markdown is None
