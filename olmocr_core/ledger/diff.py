"""Compare the ledger with a listing and merge both: joins of sorted streams. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Literal, NamedTuple, TypeVar

from olmocr_core.domain.errors import RunError
from olmocr_core.domain.models import Frozen
from olmocr_core.ledger.rows import DELETED, DUE, PRESENT, Row
from olmocr_core.sources.listing import Listed

Again = Literal["none", "failed", "all"]
Kind = Literal["new", "changed", "again", "returned", "unchanged", "deleted", "absent"]
UNSETTLED = frozenset({"failed", "held_back", "partial"})
T = TypeVar("T")


class Renewal(NamedTuple):
    """Which unchanged sources are read again.

    ``recipe`` is the digest of everything that decides an outcome: engine, rules, limits. A new recipe reads again the
    documents that failed, were held back or are partial; with ``on_new_recipe`` all others, too. ``again="failed"`` reads
    the same documents with the same recipe; ``again="all"`` reads everything.
    """

    again: Again = "none"
    recipe: str = ""
    on_new_recipe: bool = False

    def wants(self, row: Row) -> bool:
        """Whether to read a source again. A source that returns after its failed document was dropped counts as new."""
        dropped = row.status == DELETED and row.part is None and not row.is_left_out
        return dropped or self.again == "all" or self.is_stale(row)

    def is_stale(self, row: Row) -> bool:
        """Whether reading the document again may change its record."""
        if self.again == "all" or (row.recipe == DUE and row.run and not row.is_left_out):
            return True
        is_new_recipe = row.recipe != self.recipe
        if row.outcome in UNSETTLED:
            return is_new_recipe or self.again == "failed"
        return is_new_recipe and self.on_new_recipe and not row.is_left_out


class IdentifiedItem(Frozen):
    """The content of a source: a document, or without ``doc_id`` the reason why there is none."""

    source: str
    name: str
    doc_id: str = ""
    outcome: Literal["", "failed", "skipped", "not_followed"] = ""
    reason: str | None = None


class Identified(Frozen):
    """A listed file or object that was read, with its content; an archive has many items.

    ``is_unavailable``: it could not be read for a reason outside of its bytes, which its only item says.
    """

    uri: str
    size: int
    version: str
    items: tuple[IdentifiedItem, ...]
    is_unavailable: bool = False


class ListingStamp(NamedTuple):
    """When sources were listed: ``number`` orders all listings of a workspace, ``time`` is an ISO date-time for people."""

    number: int
    time: str


class SourceChange(NamedTuple):
    """A file or object: its rows in the ledger, its entry in the listing (None: not listed), and the kind of change.

    ``roots`` are the numbers of the sources that hold it.
    """

    uri: str
    rows: tuple[Row, ...]
    listed: Listed | None
    kind: Kind
    roots: tuple[int, ...] = ()


class MergedRows(NamedTuple):
    """The rows of a file or object before and after a run. New rows have an empty outcome until the run publishes."""

    before: tuple[Row, ...]
    after: tuple[Row, ...]
    kind: Kind


def holds_text(row: Row) -> bool:
    """Whether the dataset has a record of the source that a document which is unavailable now must not replace."""
    return row.part is not None and row.outcome != "failed"


def diff_sources(
    rows: Iterable[Row], listed: Iterable[Listed], covers: Callable[[str], bool], wanted: Callable[[Row], bool]
) -> Iterator[SourceChange]:
    """Compare all known and listed URIs. Both inputs and the result are sorted by URI.

    ``covers`` decides whether the listing would include a URI; ``wanted`` decides whether to read an unchanged source again.
    """
    for uri, known, entries in _join_by_uri(rows, listed):
        # A file that two sources hold is listed twice: the first counts.
        found = entries[0] if entries and not _has_gone(entries[0], known) else None
        roots = tuple(entry.root for entry in entries)
        yield SourceChange(uri, known, found, _classify(uri, known, found, covers, wanted), roots)


def merge_rows(
    changes: Iterable[SourceChange], identified: Iterable[Identified], stamp: ListingStamp, drops: Callable[[str], bool]
) -> Iterator[MergedRows]:
    """Merge a comparison with what was identified because of it, both sorted by URI.

    ``stamp`` is that of the listing. ``drops`` decides which URIs leave the ledger when they are not listed. The rows of
    a file that another run has listed later, by number, stay as they are. Raises RunError if that run listed another
    version, and if a change was not read because the ledger has changed since the comparison.
    """
    read = iter(identified)
    upcoming = next(read, None)
    for one in changes:
        while upcoming is not None and upcoming.uri < one.uri:
            upcoming = next(read, None)
        found = upcoming if upcoming is not None and upcoming.uri == one.uri and one.listed else None
        if any(row.listing > stamp.number for row in one.rows):
            yield MergedRows(one.rows, _keep_rows_of_later_run(one), "absent")
        elif one.listed is None and one.rows and drops(one.uri):
            yield MergedRows(one.rows, (), "deleted")
        else:
            yield MergedRows(one.rows, tuple(_rows_after(one, found, stamp)), _kind_after_reading(one, found))


def _keep_rows_of_later_run(one: SourceChange) -> tuple[Row, ...]:
    for row in one.rows:
        if one.listed and (row.size, row.version) != (one.listed.size, one.listed.version):
            raise RunError(
                f"{one.uri}: run {row.run} has listed it later than this run, has found another version and has published "
                "it; run again: finished pages are in the cache"
            )
    return one.rows


def _rows_after(one: SourceChange, found: Identified | None, stamp: ListingStamp) -> Iterator[Row]:
    if found and found.is_unavailable and any(map(holds_text, one.rows)):
        # What was read before stays, until the file can be read again.
        yield from (_mark_seen(row, stamp)._replace(recipe=DUE) for row in one.rows)
    elif found:
        before = {row.source: row for row in one.rows}
        for item in found.items:
            yield _make_row(item, found, before.get(item.source), stamp)
    elif one.listed is None:
        gone = one.kind == "deleted"
        yield from (_mark_deleted(row, stamp) if gone and row.status == PRESENT else row for row in one.rows)
    elif one.kind in ("new", "changed"):
        raise RunError(f"{one.uri}: the ledger is not the one that this run began with; run again")
    else:
        yield from (_mark_seen(row, stamp) for row in one.rows)


def _mark_seen(row: Row, stamp: ListingStamp) -> Row:
    return row._replace(status=PRESENT, deleted=None, last_seen=stamp.time, listing=stamp.number)


def _mark_deleted(row: Row, stamp: ListingStamp) -> Row:
    return row._replace(status=DELETED, deleted=stamp.time, listing=stamp.number)


def _make_row(item: IdentifiedItem, found: Identified, before: Row | None, stamp: ListingStamp) -> Row:
    same = before is not None and before.doc_id == item.doc_id and bool(item.doc_id)
    fresh = Row(
        uri=found.uri,
        source=item.source,
        name=item.name,
        size=found.size,
        version=found.version,
        status=PRESENT,
        doc_id=item.doc_id,
        outcome=item.outcome,
        first_seen=before.first_seen if before else stamp.time,
        last_seen=stamp.time,
        listing=stamp.number,
        markdown=before.markdown if before and same else None,
        reason=item.reason,
    )
    if before is None or not same:
        return fresh
    kept = {name: getattr(before, name) for name in ("outcome", "run", "recipe", "text_digest", "part")}
    return fresh._replace(**kept)


def _kind_after_reading(one: SourceChange, found: Identified | None) -> Kind:
    if found and one.kind in ("unchanged", "returned"):
        return "changed"
    return "unchanged" if one.kind == "again" and not found else one.kind


def _classify(
    uri: str,
    rows: tuple[Row, ...],
    listed: Listed | None,
    covers: Callable[[str], bool],
    wanted: Callable[[Row], bool],
) -> Kind:
    if listed is None:
        return "deleted" if any(row.status == PRESENT for row in rows) and covers(uri) else "absent"
    if not rows:
        return "new"
    if any((row.size, row.version) != (listed.size, listed.version) for row in rows):
        return "changed"
    if any(map(wanted, rows)):
        return "again"
    return "returned" if any(row.status == DELETED for row in rows) else "unchanged"


def _join_by_uri(
    rows: Iterable[Row], listed: Iterable[Listed]
) -> Iterator[tuple[str, tuple[Row, ...], tuple[Listed, ...]]]:
    known = ((uri, tuple(group)) for uri, group in groupby(rows, lambda row: row.uri))
    found = ((uri, tuple(group)) for uri, group in groupby(listed, lambda entry: entry.uri))
    left, right = next(known, None), next(found, None)
    while left or right:
        if right is None or (left is not None and left[0] < right[0]):
            assert left is not None
            yield left[0], left[1], ()
            left = next(known, None)
        elif left is None or right[0] < left[0]:
            yield right[0], (), right[1]
            right = next(found, None)
        else:
            yield left[0], left[1], right[1]
            left, right = next(known, None), next(found, None)


def _has_gone(listed: Listed, known: tuple[Row, ...]) -> bool:
    """Whether a missing file or a link that is not followed any more was read before: it counts as deleted."""
    if listed.not_followed:
        return any(not row.is_left_out for row in known)
    return bool(listed.problem) and any(row.outcome != "failed" or row.version for row in known)
