from __future__ import annotations

from typing import Any

import pytest

from olmocr_core.domain.errors import RunError
from olmocr_core.ledger.diff import (
    Identified,
    IdentifiedItem,
    ListingStamp,
    MergedRows,
    Renewal,
    diff_sources,
    merge_rows,
)
from olmocr_core.ledger.rows import Row
from olmocr_core.sources.listing import Listed
from tests.core.ledger.rows import entry, row


def drop_nothing(uri: str) -> bool:
    """Nothing leaves the ledger."""
    return False


def stamp(time: str) -> ListingStamp:
    """The stamp of a listing; its number is its time."""
    return ListingStamp(int(time), time)


def kinds(rows: list[Row], listed: list[Listed], covered: bool = True, again: Any = "none") -> dict[str, str]:
    found = diff_sources(rows, listed, lambda uri: covered, Renewal(again, "r").wants)
    return {one.uri: one.kind for one in found}


def test_what_each_source_is() -> None:
    rows = [row("/a"), row("/b"), row("/c"), row("/d", status="deleted"), row("/e", status="deleted")]
    listed = [entry("/0"), entry("/a"), entry("/b", version="2"), entry("/d"), entry("/z", 2)]
    assert kinds(rows, listed) == {
        "/0": "new",
        "/a": "unchanged",
        "/b": "changed",
        "/c": "deleted",
        "/d": "returned",
        "/e": "absent",
        "/z": "new",
    }
    assert kinds(rows, listed, covered=False)["/c"] == "absent"


def test_a_file_that_two_sources_name_counts_once() -> None:
    assert kinds([], [entry("/a"), entry("/a", 9)]) == {"/a": "new"}


@pytest.mark.parametrize(
    ("fields", "again", "kind"),
    [
        ({"size": 2}, "none", "changed"),
        ({"outcome": "failed"}, "none", "unchanged"),
        ({"outcome": "failed"}, "failed", "again"),
        ({"outcome": "partial"}, "failed", "again"),
        ({"outcome": "held_back", "recipe": "older"}, "none", "again"),
        ({"outcome": "kept", "recipe": "older"}, "failed", "unchanged"),
        ({"outcome": "kept"}, "all", "again"),
        ({"outcome": "skipped", "part": None, "status": "deleted"}, "none", "returned"),
        ({"outcome": "failed", "part": None, "status": "deleted"}, "none", "again"),
    ],
)
def test_what_is_read_again(fields: dict[str, Any], again: str, kind: str) -> None:
    assert kinds([row(**fields)], [entry()], again=again) == {"/a": kind}


def members(*names: str, version: str = "2") -> Identified:
    items = tuple(IdentifiedItem(source=f"/a.tar::{name}", name=name, doc_id=name * 64) for name in names)
    return Identified(uri="/a.tar", size=1, version=version, items=items)


def test_an_archive_has_a_row_for_each_member_and_keeps_what_is_known_of_them() -> None:
    known = [row("/a.tar", source=f"/a.tar::{name}", doc_id=name * 64, markdown=f"{name}.md") for name in "abc"]
    compared = diff_sources(known, [entry("/a.tar", version="2")], lambda uri: True, Renewal("none", "r").wants)
    (merged,) = merge_rows(compared, [members("a", "c", "e")], stamp("2"), drop_nothing)
    assert merged.kind == "changed"
    after = {one.source[-1]: (one.outcome, one.part, one.first_seen, one.version) for one in merged.after}
    assert after == {"a": ("kept", 0, "1", "2"), "c": ("kept", 0, "1", "2"), "e": ("", None, "2", "2")}


def test_a_deleted_row_keeps_its_date_and_loses_it_when_the_source_is_back() -> None:
    def after(known: Row, listed: list[Listed], now: str) -> Row:
        compared = diff_sources([known], listed, lambda uri: True, Renewal("none", "r").wants)
        (merged,) = merge_rows(compared, [], stamp(now), drop_nothing)
        return merged.after[0]

    gone = after(row(), [], "2")
    assert (gone.status, gone.deleted, gone.last_seen, gone.doc_id) == ("deleted", "2", "1", "d" * 64)
    assert after(gone, [], "3") == gone
    back = after(gone, [entry()], "4")
    assert back == row(last_seen="4", listing=4)


def test_a_change_that_nobody_has_read_is_no_row() -> None:
    compared = diff_sources([row()], [entry(version="2")], lambda uri: True, Renewal("none", "r").wants)
    with pytest.raises(RunError, match=r"/a: the ledger is not the one .* run again"):
        list(merge_rows(compared, [], stamp("2"), drop_nothing))


def merge(
    known: list[Row], listed: list[Listed], read: list[Identified], now: str, drop: str = "-"
) -> list[MergedRows]:
    """What a run listed at ``now`` makes of the ledger; URIs that start with ``drop`` leave it when they are not listed."""
    compared = diff_sources(known, listed, lambda uri: True, Renewal("none", "r").wants)
    return list(merge_rows(compared, read, stamp(now), lambda uri: uri.startswith(drop)))


def test_rows_of_a_later_run_stay_as_they_are() -> None:
    later = row(listing=3, run="later")
    same = merge([later], [entry()], [], "2")
    missing = merge([later], [], [], "2")
    dropped = merge([later], [], [], "2", drop="/")
    assert same == missing == dropped == [MergedRows((later,), (later,), "absent")]


def test_the_number_of_a_listing_counts_and_not_its_clock() -> None:
    from_the_future = row(last_seen="9999", listing=1, run="future", version="2")
    item = IdentifiedItem(source="/a", name="a", doc_id="e" * 64)
    (merged,) = merge([from_the_future], [entry()], [Identified(uri="/a", size=1, version="1", items=(item,))], "2")
    assert [(after.doc_id[0], after.last_seen, after.listing) for after in merged.after] == [("e", "2", 2)]


def test_a_run_cannot_publish_another_version_than_a_later_run_has_listed() -> None:
    with pytest.raises(RunError, match=r"/a: run later has listed it later than this run"):
        merge([row(listing=3, run="later", version="2")], [entry()], [], "2")


def test_replacing_drops_the_rows_of_sources_that_are_not_listed() -> None:
    merged = merge([row("/in/a"), row("/in/b"), row("/old/c")], [entry("/in/a")], [], "2", drop="/in")
    assert [(one.kind, len(one.before), [after.status for after in one.after]) for one in merged] == [
        ("unchanged", 1, ["present"]),
        ("deleted", 1, []),
        ("deleted", 1, ["deleted"]),
    ]


MISSING = entry(size=0, version="", problem="there is no such file")
FAILED = Identified(uri="/a", size=0, version="", items=(IdentifiedItem(source="/a", name="a", outcome="failed"),))


def test_a_list_entry_that_never_was_there_is_a_new_failure() -> None:
    (merged,) = merge([], [MISSING], [FAILED], "2")
    assert merged.kind == "new"
    assert [(after.outcome, after.doc_id, after.status) for after in merged.after] == [("failed", "", "present")]
    assert kinds(list(merged.after), [MISSING]) == {"/a": "again"}, "its recipe is unknown until a run has published it"
    published = [after._replace(recipe="r", part=0) for after in merged.after]
    assert kinds(published, [MISSING]) == {"/a": "unchanged"}


def test_a_list_entry_that_was_read_once_and_is_not_there_is_gone() -> None:
    (merged,) = merge([row()], [MISSING], [], "2")
    assert merged.kind == "deleted"
    assert [(after.status, after.deleted, after.outcome) for after in merged.after] == [("deleted", "2", "kept")]


def test_an_unchanged_source_that_was_read_all_the_same_keeps_what_is_known_of_its_document() -> None:
    known = row(markdown="markdown/a.md", text_digest="t")
    item = IdentifiedItem(source="/a", name="a", doc_id=known.doc_id)
    (merged,) = merge([known], [entry()], [Identified(uri="/a", size=1, version="1", items=(item,))], "2")
    assert merged == MergedRows((known,), (known._replace(last_seen="2", listing=2),), "changed")
