"""Which pages a report shows, when it cannot show all: those in trouble first, spread over the documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from olmocr_core.domain.models import DocumentStatus
from olmocr_core.report.context import Row

SEVERITY: tuple[DocumentStatus, ...] = ("failed", "held_back", "partial", "duplicate", "blank", "kept")
# However much went wrong, a third of the pages shows what went right.
TROUBLE_SHARE = 2 / 3


def by_severity(rows: Sequence[Row]) -> list[Row]:
    """The rows with those that need a person's eye first, else in the order of the run."""
    return sorted(rows, key=lambda row: SEVERITY.index(row.status))


def choose_pages(rows: Sequence[Row], limit: int) -> dict[str, tuple[int, ...]]:
    """doc_id -> page numbers to show, at most ``limit`` in all, in the order in which documents are shown."""
    shown = [row for row in rows if row.shown_pages]
    trouble = [row for row in by_severity(shown) if row.status in ("failed", "held_back", "partial")]
    fine = _spread([row for row in by_severity(shown) if row.status not in ("failed", "held_back", "partial")], limit)
    wanted = min(sum(row.shown_pages for row in fine), limit)
    for_trouble = limit if not wanted else max(limit - wanted, round(limit * TROUBLE_SHARE))
    chosen = _rounds(trouble, for_trouble)
    taken = sum(map(len, chosen.values()))
    return chosen | _rounds(fine, limit - taken)


def _rounds(rows: Sequence[Row], limit: int) -> dict[str, tuple[int, ...]]:
    """One page of every document, then a second of every document, until the limit: no document crowds out others."""
    taken: dict[str, list[int]] = {}
    left = limit
    for turn in zip_longest(*(_pages(row) for row in rows[:limit])):
        for row, page in zip(rows, turn, strict=False):
            if page is not None and left > 0:
                taken.setdefault(row.doc_id, []).append(page)
                left -= 1
        if left <= 0:
            break
    return {row.doc_id: tuple(sorted(taken[row.doc_id])) for row in rows[:limit] if row.doc_id in taken}


def _pages(row: Row) -> Iterator[int]:
    """A document's pages, the most telling first, each once."""
    seen: set[int] = set()
    for page in (*row.noted_pages, *row.text_pages, *range(1, row.shown_pages + 1)):
        if page not in seen:
            seen.add(page)
            yield page


def _spread(rows: list[Row], limit: int) -> list[Row]:
    """At most ``limit`` of the rows, evenly from the whole run instead of its first folder only."""
    if len(rows) <= limit:
        return rows
    return [rows[index * len(rows) // limit] for index in range(limit)]
