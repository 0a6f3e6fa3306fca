"""Which pages a report shows if it cannot show all: pages with problems first, spread over the documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from olmocr_core.domain.models import DocumentStatus
from olmocr_core.report.context import DocumentRow

SEVERITY: tuple[DocumentStatus, ...] = ("failed", "held_back", "partial", "duplicate", "blank", "kept")
_TROUBLE = ("failed", "held_back", "partial")
# At least a third of the pages shown come from good documents, if there are any.
TROUBLE_SHARE = 2 / 3


def sort_by_severity(rows: Sequence[DocumentRow]) -> list[DocumentRow]:
    """Sort the rows by how much they need a person's attention; equal ones keep the order of the run."""
    return sorted(rows, key=lambda row: SEVERITY.index(row.status))


def choose_pages(rows: Sequence[DocumentRow], limit: int) -> dict[str, tuple[int, ...]]:
    """Choose at most ``limit`` pages: doc_id -> page numbers, in the order in which the report shows the documents."""
    shown = [row for row in rows if row.shown_pages]
    ordered = sort_by_severity(shown)
    trouble = [row for row in ordered if row.status in _TROUBLE]
    fine = _sample_evenly([row for row in ordered if row.status not in _TROUBLE], limit)
    wanted = min(sum(row.shown_pages for row in fine), limit)
    for_trouble = limit if not wanted else max(limit - wanted, round(limit * TROUBLE_SHARE))
    chosen = _take_in_turns(trouble, for_trouble)
    taken = sum(map(len, chosen.values()))
    return chosen | _take_in_turns(fine, limit - taken)


def _take_in_turns(rows: Sequence[DocumentRow], limit: int) -> dict[str, tuple[int, ...]]:
    """Take one page of each document, then a second one of each, up to the limit: no document crowds out the others."""
    taken: dict[str, list[int]] = {}
    left = limit
    for turn in zip_longest(*(_page_order(row) for row in rows[:limit])):
        for row, page in zip(rows, turn, strict=False):
            if page is not None and left > 0:
                taken.setdefault(row.doc_id, []).append(page)
                left -= 1
        if left <= 0:
            break
    return {row.doc_id: tuple(sorted(taken[row.doc_id])) for row in rows[:limit] if row.doc_id in taken}


def _page_order(row: DocumentRow) -> Iterator[int]:
    """A document's pages, the most informative first, each once."""
    seen: set[int] = set()
    for page in (*row.noted_pages, *row.text_pages, *range(1, row.shown_pages + 1)):
        if page not in seen:
            seen.add(page)
            yield page


def _sample_evenly(rows: list[DocumentRow], limit: int) -> list[DocumentRow]:
    """At most ``limit`` rows, sampled evenly from the whole run and not only from its first folder."""
    if len(rows) <= limit:
        return rows
    return [rows[index * len(rows) // limit] for index in range(limit)]
