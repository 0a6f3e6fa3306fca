from __future__ import annotations

from typing import Any

import pytest

from olmocr_core.domain.errors import RunError
from olmocr_core.ledger.diff import Identified, IdentifiedItem, Renewal, diff_sources, merge_rows
from olmocr_core.ledger.rows import Row, sources_of
from olmocr_core.sources.listing import Listed


def keep(uri: str) -> bool:
    """Nothing leaves the ledger."""
    return False


def row(uri: str = "/a", **fields: Any) -> Row:
    values: dict[str, Any] = {
        **{"uri": uri, "source": uri, "name": uri[1:], "size": 1, "version": "1", "status": "present"},
        **{"doc_id": "d" * 64, "outcome": "kept", "first_seen": "1", "last_seen": "1", "recipe": "r", "part": 0},
    }
    return Row(**(values | fields))


def entry(uri: str = "/a", size: int = 1, version: str = "1") -> Listed:
    return Listed(uri=uri, name=uri[1:], size=size, version=version)


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
    (merged,) = merge_rows(compared, [members("a", "c", "e")], "2", keep)
    assert merged.kind == "changed"
    after = {one.source[-1]: (one.outcome, one.part, one.first_seen, one.version) for one in merged.after}
    assert after == {"a": ("kept", 0, "1", "2"), "c": ("kept", 0, "1", "2"), "e": ("", None, "2", "2")}


def test_a_deleted_row_keeps_its_date_and_loses_it_when_the_source_is_back() -> None:
    def after(known: Row, listed: list[Listed], now: str) -> Row:
        compared = diff_sources([known], listed, lambda uri: True, Renewal("none", "r").wants)
        (merged,) = merge_rows(compared, [], now, keep)
        return merged.after[0]

    gone = after(row(), [], "2")
    assert (gone.status, gone.deleted, gone.last_seen, gone.doc_id) == ("deleted", "2", "1", "d" * 64)
    assert after(gone, [], "3") == gone
    back = after(gone, [entry()], "4")
    assert back == row(last_seen="4")


def test_a_change_that_nobody_has_read_is_no_row() -> None:
    compared = diff_sources([row()], [entry(version="2")], lambda uri: True, Renewal("none", "r").wants)
    with pytest.raises(RunError, match=r"/a: the ledger is not the one .* run again"):
        list(merge_rows(compared, [], "2", keep))


def test_sources_that_are_there_come_before_those_that_were() -> None:
    rows = [row("/c"), row("/b", first_seen="0"), row("/a", status="deleted")]
    assert [source.uri for source in sources_of(rows)] == ["/b", "/c"]
    assert [source.uri for source in sources_of([row("/b", status="deleted")])] == ["/b"]
