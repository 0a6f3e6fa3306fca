"""Computes what a run changes in the dataset: removed documents, changed sources, duplicates.

Memory grows with the run, not with the ledger. Of the documents that the run does not touch, it holds only those with
the same text as one that the run touches.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from olmocr_core.domain.errors import RunError
from olmocr_core.domain.models import Source
from olmocr_core.ledger.diff import MergedRows
from olmocr_core.ledger.rows import PRESENT, Row, sources_of

Original = tuple[str, str]
"""Key and name of the original of a duplicate."""


_LAST = "~"  # after every date


class NewRecord(NamedTuple):
    """A record that this run made.

    ``text_digest`` is None for a text that is not compared; ``position`` orders the records of the run. ``try_again``: the
    next run reads the document without being asked.
    """

    status: str
    text_digest: str | None
    position: int
    try_again: bool = False


@dataclass
class DatasetChanges:
    """The changes to the dataset, by key of document.

    ``records``: a row of the ledger for each touched document, which says in which part its record lies. ``sources``: its
    sources after the run. ``gone``: documents that leave the dataset. ``moved``: documents with other sources than before;
    in ``reordered`` parts some have another first source. ``originals``: documents that become a duplicate, or (None)
    cease to be one. ``freed_markdown``: Markdown files that are replaced, by source. ``dirty``: parts to rewrite.
    """

    records: dict[str, Row] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    sources: dict[str, tuple[Source, ...]] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)
    reordered: set[int] = field(default_factory=set)
    originals: dict[str, Original | None] = field(default_factory=dict)
    freed_markdown: dict[str, str] = field(default_factory=dict)
    dirty: set[int] = field(default_factory=set)


class _TextHolder(NamedTuple):
    """A document with a text that the run touches. The smallest tuple is the original."""

    later: bool
    first_seen: str
    position: int
    source: str
    key: str
    name: str
    part: int | None


@dataclass
class _TouchedRows:
    """The rows of touched documents, before and after; ``holding`` has a row of each document with a touched text."""

    before: defaultdict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    after: defaultdict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    holding: dict[str, Row] = field(default_factory=dict)


def compute_changes(
    merged: Callable[[], Iterable[MergedRows]], fresh: Mapping[str, NewRecord], *, everything: bool
) -> DatasetChanges:
    """Compute the changes from the merged ledger, which is read twice, and the records of the run.

    With ``everything``, all parts are rewritten. Raises RunError for a source whose document has no record.
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
            if changes.sources[key][0] != sources_of(rows)[0]:
                changes.reordered.add(record.part)
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
                if not row.is_left_out:
                    touched.add(row.key)
                if row.text_digest:
                    digests.add(row.text_digest)
    return touched, digests


def _collect_rows(merged: Iterable[MergedRows], touched: set[str], digests: set[str]) -> _TouchedRows:
    seen = _TouchedRows()
    for group in merged:
        for row in group.before:
            if row.key in touched and not row.is_left_out:
                seen.before[row.key].append(row)
            if row.text_digest in digests and row.part is not None:
                first = seen.holding.get(row.key)
                if first is None or (row.first_seen, row.source) < (first.first_seen, first.source):
                    seen.holding[row.key] = row
        for row in group.after:
            if row.key in touched and not row.is_left_out:
                seen.after[row.key].append(row)
    return seen


def _find_record(rows: Iterable[Row]) -> Row | None:
    return next((row for row in rows if row.part is not None), None)


def _is_removed(after: list[Row], record: Row) -> bool:
    """Whether a document leaves the dataset: no row has its bytes, or it failed and all its sources are deleted."""
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
            # Old duplicates keep their original unless it was removed or has another text now.
            if one.part is None or first.later:
                changes.originals[one.key] = None if one is first else original
            if one.part is not None and first.later:
                changes.dirty.add(one.part)


def _group_by_text(
    changes: DatasetChanges, seen: _TouchedRows, fresh: Mapping[str, NewRecord]
) -> Iterator[list[_TextHolder]]:
    by_text: defaultdict[str, list[_TextHolder]] = defaultdict(list)
    for key, row in seen.holding.items():
        # Older versions compared incomplete documents, too.
        if key not in changes.gone and key not in fresh and row.text_digest and row.outcome != "partial":
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
