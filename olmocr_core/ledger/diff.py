"""Last night against tonight: two sorted streams side by side, and what each source is by that. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Literal, NamedTuple, TypeVar

from olmocr_core.domain.errors import RunError
from olmocr_core.domain.models import Frozen
from olmocr_core.ledger.rows import DELETED, PRESENT, SKIPPED, Row
from olmocr_core.sources.listing import Listed

Again = Literal["none", "failed", "all"]
Kind = Literal["new", "changed", "again", "returned", "unchanged", "deleted", "absent"]
UNSETTLED = frozenset({"failed", "held_back", "partial"})
T = TypeVar("T")


class Item(Frozen):
    """What was found at a source: a document, or (without ``doc_id``) why there is none."""

    source: str
    name: str
    doc_id: str = ""
    outcome: Literal["", "failed", "skipped"] = ""


class Identified(Frozen):
    """A listed file or object that was read through, and what it holds; an archive holds many."""

    uri: str
    size: int
    version: str
    items: tuple[Item, ...]


class Compared(NamedTuple):
    """A file or object: the rows that the ledger had, how it is listed now (None: it is not), and what that means."""

    uri: str
    rows: tuple[Row, ...]
    listed: Listed | None
    kind: Kind


class Merged(NamedTuple):
    """A file or object before and after. Rows after it that are not settled have no outcome yet."""

    before: tuple[Row, ...]
    after: tuple[Row, ...]
    kind: Kind


def compare(
    rows: Iterable[Row], listed: Iterable[Listed], covers: Callable[[str], bool], wanted: Callable[[Row], bool]
) -> Iterator[Compared]:
    """What each known or listed URI is tonight. Both streams come sorted by URI, and so does the answer.

    ``covers`` tells whether the listing would have named a URI; ``wanted`` whether an unchanged source is read again.
    """
    for uri, known, found in _side_by_side(rows, listed):
        yield Compared(uri, known, found, _kind(uri, known, found, covers, wanted))


def wants(again: Again, recipe: str) -> Callable[[Row], bool]:
    """Which sources are read again although they have not changed.

    Those that did not end well, when somebody asks or the ``recipe`` (engine, rules, limits) is another than it was;
    all of them, when somebody asks for that. One that came back after its failed document was dropped is new again.
    """

    def wanted(row: Row) -> bool:
        if again == "all" or (row.status == DELETED and row.part is None and row.outcome != SKIPPED):
            return True
        return row.outcome in UNSETTLED and (again == "failed" or row.recipe != recipe)

    return wanted


def merge(compared: Iterable[Compared], identified: Iterable[Identified], now: str) -> Iterator[Merged]:
    """The rows before and after, from a comparison and from what was read because of it (sorted by URI as well).

    Raises RunError where something has changed that was not read: the ledger is not the one that the night began with.
    """
    read = iter(identified)
    upcoming = next(read, None)
    for one in compared:
        while upcoming is not None and upcoming.uri < one.uri:
            upcoming = next(read, None)
        found = upcoming if upcoming is not None and upcoming.uri == one.uri and one.listed else None
        yield Merged(one.rows, tuple(_after(one, found, now)), _settled_kind(one, found))


def _after(one: Compared, found: Identified | None, now: str) -> Iterator[Row]:
    if found:
        before = {row.source: row for row in one.rows}
        for item in found.items:
            yield _row(item, found, before.get(item.source), now)
    elif one.listed is None:
        gone = one.kind == "deleted"
        yield from (
            row._replace(status=DELETED, deleted=now) if gone and row.status == PRESENT else row for row in one.rows
        )
    elif one.kind in ("new", "changed"):
        raise RunError(f"{one.uri}: the ledger is not the one that this night began with; run the night again")
    else:
        yield from (row._replace(status=PRESENT, deleted=None, last_seen=now) for row in one.rows)


def _row(item: Item, found: Identified, before: Row | None, now: str) -> Row:
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
        first_seen=before.first_seen if before else now,
        last_seen=now,
        markdown=before.markdown if before and same else None,
    )
    if before is None or not same:
        return fresh
    kept = {name: getattr(before, name) for name in ("outcome", "run", "recipe", "text_digest", "part")}
    return fresh._replace(**kept)


def _settled_kind(one: Compared, found: Identified | None) -> Kind:
    if found and one.kind in ("unchanged", "returned"):
        return "changed"
    return "unchanged" if one.kind == "again" and not found else one.kind


def _kind(
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


def _side_by_side(
    rows: Iterable[Row], listed: Iterable[Listed]
) -> Iterator[tuple[str, tuple[Row, ...], Listed | None]]:
    known = ((uri, tuple(group)) for uri, group in groupby(rows, lambda row: row.uri))
    # A file that two sources name is listed twice: the first counts.
    found = ((uri, next(group)) for uri, group in groupby(listed, lambda entry: entry.uri))
    left, right = next(known, None), next(found, None)
    while left or right:
        if right is None or (left is not None and left[0] < right[0]):
            assert left is not None
            yield left[0], left[1], None
            left = next(known, None)
        elif left is None or right[0] < left[0]:
            yield right[0], (), right[1]
            right = next(found, None)
        else:
            yield left[0], left[1], right[1]
            left, right = next(known, None), next(found, None)
