"""What a run does to the dataset, from rows before and after."""

from __future__ import annotations

import pytest

from olmocr_core.domain.errors import RunError
from olmocr_core.ledger.changes import DatasetChanges, NewRecord, compute_changes
from olmocr_core.ledger.diff import Kind, MergedRows
from olmocr_core.ledger.rows import Row
from tests.core.ledger.rows import row


def group(before: Row | None, after: Row | None, kind: Kind) -> MergedRows:
    return MergedRows((before,) if before else (), (after,) if after else (), kind)


def stays(known: Row) -> MergedRows:
    return group(known, known, "unchanged")


def new(uri: str, doc_id: str) -> MergedRows:
    return group(None, row(uri, doc_id=doc_id, outcome="", part=None, first_seen="2"), "new")


def changes(*merged: MergedRows, fresh: dict[str, NewRecord] | None = None, everything: bool = False) -> DatasetChanges:
    return compute_changes(lambda: iter(merged), fresh or {}, everything=everything)


def uris(found: DatasetChanges, key: str) -> list[str]:
    return [source.uri for source in found.sources[key]]


def test_a_new_document_leaves_the_others_alone() -> None:
    found = changes(stays(row("/a", doc_id="a")), new("/b", "b"), fresh={"b": NewRecord("kept", "text", 0)})
    assert uris(found, "b") == ["/b"]
    assert found.originals == {"b": None}
    assert (found.gone, found.moved, found.dirty, set(found.sources)) == (set(), set(), set(), {"b"})


def test_a_new_document_with_the_text_of_another_is_its_duplicate() -> None:
    known = row("/a", doc_id="a", text_digest="text")
    found = changes(stays(known), new("/b", "b"), fresh={"b": NewRecord("kept", "text", 0)})
    assert found.originals == {"b": ("a", "a")}
    assert found.dirty == set(), "the original stays as it is"


def test_a_partial_document_of_an_older_ledger_takes_no_text() -> None:
    known = row("/a", doc_id="a", text_digest="text", outcome="partial")
    found = changes(stays(known), new("/b", "b"), fresh={"b": NewRecord("kept", "text", 0)})
    assert found.originals == {"b": None}


def test_of_new_documents_with_one_text_the_first_is_the_original() -> None:
    fresh = {"b": NewRecord("kept", "text", 1), "c": NewRecord("kept", "text", 0)}
    found = changes(new("/b", "b"), new("/c", "c"), fresh=fresh)
    assert found.originals == {"c": None, "b": ("c", "c")}


def test_a_duplicate_takes_the_place_of_an_original_that_changed() -> None:
    original = row("/a", doc_id="a", text_digest="text", part=0, markdown="markdown/a.md")
    duplicate = row("/b", doc_id="b", text_digest="text", part=1, outcome="duplicate")
    after = original._replace(doc_id="c", outcome="", part=None, markdown=None)
    found = changes(
        MergedRows((original,), (after,), "changed"), stays(duplicate), fresh={"c": NewRecord("kept", "other", 0)}
    )
    assert found.gone == {"a"}
    assert found.originals == {"b": None, "c": None}
    assert found.dirty == {0, 1}
    assert found.freed_markdown == {"/a": "markdown/a.md"}


def test_a_moved_file_changes_the_sources_of_its_document() -> None:
    known = row("/a", doc_id="a", part=2, markdown="markdown/a.md")
    gone = known._replace(status="deleted", deleted="2")
    found = changes(group(known, gone, "deleted"), new("/b", "a"))
    assert uris(found, "a") == ["/b"]
    assert (found.moved, found.dirty, found.gone) == ({"a"}, {2}, set())
    assert found.records == {"a": known}


def test_a_deleted_file_keeps_its_document() -> None:
    known = row("/a", doc_id="a")
    found = changes(group(known, known._replace(status="deleted", deleted="2"), "deleted"))
    assert (found.gone, found.moved, found.dirty) == (set(), set(), set())


def test_a_deleted_file_that_failed_leaves_the_dataset() -> None:
    known = row("/a", doc_id="a", outcome="failed")
    found = changes(group(known, known._replace(status="deleted", deleted="2"), "deleted"))
    assert (found.gone, found.dirty) == ({"a"}, {0})


def test_a_dropped_file_takes_its_document_along_unless_another_source_has_it() -> None:
    one, other = row("/a", doc_id="a"), row("/b", doc_id="a", first_seen="2")
    assert changes(group(one, None, "deleted")).gone == {"a"}
    found = changes(group(one, None, "deleted"), stays(other))
    assert found.gone == set()
    assert uris(found, "a") == ["/b"]


def test_files_that_are_no_documents_change_nothing() -> None:
    skipped = row("/a", doc_id="", outcome="skipped", part=None)
    assert changes(group(None, skipped, "new")) == DatasetChanges()


def test_everything_marks_all_parts() -> None:
    rows = [row("/a", doc_id="a", part=0), row("/b", doc_id="b", part=1)]
    found = changes(*map(stays, rows), everything=True)
    assert found.dirty == {0, 1}
    assert set(found.records) == {"a", "b"}


def test_a_source_whose_document_nobody_read_is_an_error() -> None:
    with pytest.raises(RunError, match=r"/b: nobody has read this document"):
        changes(new("/b", "b"))
