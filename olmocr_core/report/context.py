"""The input of a report: facts about the run, and one row without text for each document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from olmocr_core.documents.counts import RunCounts
from olmocr_core.domain.models import DocumentRecord, DocumentStatus, Frozen
from olmocr_core.domain.serving_stats import ServingStats
from olmocr_core.domain.settings import Settings

Images = Callable[[str, int], bytes | None]
"""``(doc_id, page_number) -> encoded page image``, or None if it is gone."""
Records = Callable[[], Iterable[DocumentRecord]]
"""Returns a new iterator over all records at each call; they are never all in memory."""
Texts = Callable[[Collection[str]], Iterable[DocumentRecord]]
"""``doc_ids -> records with their texts``."""

NOTED_PAGES = 20


class ReportContext(Frozen):
    """Facts about a run. ``created`` is an ISO date and time; ``seconds`` is the wall time of the run.

    ``not_followed`` are URIs of links and members of archives, with the reason; ``notes`` are messages about sources.
    """

    run: str
    status: str
    created: str
    seconds: float
    counts: RunCounts
    engines: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    settings: Settings = Settings()
    dataset: str = ""
    serving: ServingStats | None = None
    not_followed: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document without its text: what the table, ``report.json`` and the page selection need."""

    source: str
    name: str
    more_sources: int
    doc_id: str
    status: DocumentStatus
    reasons: tuple[str, ...]
    pages: int
    shown_pages: int
    noted_pages: tuple[int, ...] = ()
    text_pages: tuple[int, ...] = ()


@dataclass(slots=True)
class Overview:
    """The result of one pass over the records: a row for each document, and the number of pages with each note."""

    rows: list[DocumentRow] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)


def collect_overview(records: Iterable[DocumentRecord]) -> Overview:
    """Read all records once and collect their rows and notes."""
    found = Overview()
    for record in records:
        found.rows.append(make_row(record))
        found.notes.update(note for page in record.pages for note in set(page.notes))
    return found


def make_row(record: DocumentRecord) -> DocumentRow:
    """Make the row of one record."""
    first = record.sources[0] if record.sources else None
    trouble = [page.page_number for page in record.pages if page.status in ("failed", "fallback")]
    noted = [page.page_number for page in record.pages if page.notes and page.status == "ok"]
    with_text = [page.page_number for page in record.pages if page.status in ("ok", "fallback")]
    return DocumentRow(
        source=first.uri if first else record.doc_id,
        name=first.name if first else record.doc_id[:12],
        more_sources=max(0, len(record.sources) - 1),
        doc_id=record.doc_id,
        status=record.status,
        reasons=record.reasons,
        pages=max(record.page_count, len(record.pages)),
        shown_pages=len(record.pages),
        noted_pages=tuple((trouble + noted)[:NOTED_PAGES]),
        text_pages=tuple(with_text[:NOTED_PAGES]),
    )
