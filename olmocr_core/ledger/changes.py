"""What a run does to the documents of the dataset: which go, which get other sources, which are whose duplicates.

Everything here is as large as the run, not as the ledger: of the documents that the run does not touch, only those are
held whose text equals that of one that it does touch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from olmocr_core.domain.errors import RunError
from olmocr_core.domain.models import Source
from olmocr_core.ledger.diff import MergedRows
from olmocr_core.ledger.rows import PRESENT, SKIPPED, Row, sources_of

Original = tuple[str, str]
"""The key and the name of the document that another is a duplicate of."""


_LAST = "~"  # after every date


class NewRecord(NamedTuple):
    """A record that this run made: its status, the digest of its text (None: it has no duplicates), its place in the run."""

    status: str
    text_digest: str | None
    position: int


@dataclass
class DatasetChanges:
    """What a run does to the dataset, by key of document.

    ``records`` tell where the records of touched documents lie; ``sources`` are those they have now; ``gone`` leave the
    dataset; ``moved`` have other sources than before; ``originals`` are of those whose duplicate changed (None: it
    is the original itself now); ``freed_markdown`` are Markdown files by source; ``dirty`` parts have to be written anew.
    """

    records: dict[str, Row] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    sources: dict[str, tuple[Source, ...]] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)
    originals: dict[str, Original | None] = field(default_factory=dict)
    freed_markdown: dict[str, str] = field(default_factory=dict)
    dirty: set[int] = field(default_factory=set)


class _TextHolder(NamedTuple):
    """A document with a text that the run touches; the first in this order is the original."""

    later: bool
    first_seen: str
    position: int
    source: str
    key: str
    name: str
    part: int | None


@dataclass
class _TouchedRows:
    """Rows before and after, of documents that the run touches, and who holds the texts that it touches."""

    before: defaultdict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    after: defaultdict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    holding: dict[str, Row] = field(default_factory=dict)


def compute_changes(
    merged: Callable[[], Iterable[MergedRows]], fresh: Mapping[str, NewRecord], *, everything: bool
) -> DatasetChanges:
    """What follows from the merged ledger, which is gone through twice, and from the records that the run made.

    With ``everything`` all documents count as touched: their parts have to be made anew. Raises RunError for a source
    whose document nobody has.
    """
    touched, digests = _find_touched(merged(), fresh, everything)
    seen = _collect_rows(merged(), touched, digests)
    changes = DatasetChanges()
    for key, rows in seen.after.items():
        _check_was_read(key, rows, seen.before.get(key, []), fresh)
        changes.sources[key] = sources_of(rows)
    for key, rows in seen.before.items():
        record = _find_record(rows)
        if record is None or record.part is None:
            continue
        changes.records[key] = record
        leaves = key not in fresh and _is_removed(seen.after.get(key, []), record)
        moved = not leaves and (everything or changes.sources[key] != sources_of(rows))
        if leaves:
            changes.gone.add(key)
        elif moved:
            changes.moved.add(key)
        if leaves or moved or key in fresh:
            changes.dirty.add(record.part)
            changes.freed_markdown.update((row.source, row.markdown) for row in rows if row.markdown)
    _assign_originals(changes, seen, fresh)
    return changes


def _find_touched(
    merged: Iterable[MergedRows], fresh: Mapping[str, NewRecord], everything: bool
) -> tuple[set[str], set[str]]:
    touched = set(fresh)
    digests = {one.text_digest for one in fresh.values() if one.text_digest}
    for group in merged:
        if everything or group.kind not in ("unchanged", "absent"):
            for row in (*group.before, *group.after):
                if row.outcome != SKIPPED:
                    touched.add(row.key)
                if row.text_digest:
                    digests.add(row.text_digest)
    return touched, digests


def _collect_rows(merged: Iterable[MergedRows], touched: set[str], digests: set[str]) -> _TouchedRows:
    seen = _TouchedRows()
    for group in merged:
        for row in group.before:
            if row.key in touched and row.outcome != SKIPPED:
                seen.before[row.key].append(row)
            if row.text_digest in digests and row.part is not None:
                first = seen.holding.get(row.key)
                if first is None or (row.first_seen, row.source) < (first.first_seen, first.source):
                    seen.holding[row.key] = row
        for row in group.after:
            if row.key in touched and row.outcome != SKIPPED:
                seen.after[row.key].append(row)
    return seen


def _find_record(rows: Iterable[Row]) -> Row | None:
    return next((row for row in rows if row.part is not None), None)


def _is_removed(after: list[Row], record: Row) -> bool:
    """Whether a document goes: nothing has its bytes any more, or it never had a text and its sources are gone."""
    return not after or (record.outcome == "failed" and all(row.status != PRESENT for row in after))


def _check_was_read(key: str, after: list[Row], before: list[Row], fresh: Mapping[str, NewRecord]) -> None:
    if key in fresh or _find_record(before) or all(row.status != PRESENT for row in after):
        return
    raise RunError(f"{after[0].source}: nobody has read this document, or the ledger was changed meanwhile; run again")


def _assign_originals(changes: DatasetChanges, seen: _TouchedRows, fresh: Mapping[str, NewRecord]) -> None:
    for holders in _group_by_text(changes, seen, fresh):
        first = min(holders)
        original = (first.key, first.name)
        for one in holders:
            # Those of before stay as they are, unless what they were duplicates of has gone or has another text.
            if one.part is None or first.later:
                changes.originals[one.key] = None if one is first else original
            if one.part is not None and first.later:
                changes.dirty.add(one.part)


def _group_by_text(
    changes: DatasetChanges, seen: _TouchedRows, fresh: Mapping[str, NewRecord]
) -> Iterator[list[_TextHolder]]:
    by_text: defaultdict[str, list[_TextHolder]] = defaultdict(list)
    for key, row in seen.holding.items():
        if key not in changes.gone and key not in fresh and row.text_digest:
            later = row.outcome == "duplicate"
            by_text[row.text_digest].append(_TextHolder(later, row.first_seen, 0, row.source, key, row.name, row.part))
    for key, one in fresh.items():
        if one.text_digest:
            was = changes.records.get(key)
            stays = was is not None and was.text_digest == one.text_digest and was.outcome != "duplicate"
            first_seen = was.first_seen if was and stays else _LAST
            name = changes.sources[key][0].name
            by_text[one.text_digest].append(_TextHolder(not stays, first_seen, one.position, "", key, name, None))
    yield from by_text.values()
