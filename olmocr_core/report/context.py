"""What a report is made from: facts about the run, and one light row a document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from olmocr_core.documents.counts import RunCounts, classify_page
from olmocr_core.domain.models import DocumentRecord, DocumentStatus, Frozen
from olmocr_core.domain.serving_stats import ServingStats
from olmocr_core.domain.settings import Settings

Images = Callable[[str, int], bytes | None]
"""``(doc_id, page_number) -> encoded page image``, None where there is none any more."""
Records = Callable[[], Iterable[DocumentRecord]]
"""Gives the records from the start, each time it is called; they are never held all at once."""

NOTED_PAGES = 20
ROW_REASONS = 4


class ReportContext(Frozen):
    """Facts about a run. ``created`` is an ISO date and time; ``seconds`` is the wall time of the run."""

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


@dataclass(frozen=True, slots=True)
class Row:
    """A document without its text: all that the table, ``report.json`` and the choice of pages need."""

    source: str
    name: str
    more_sources: int
    doc_id: str
    status: DocumentStatus
    reasons: tuple[str, ...]
    pages: int
    shown_pages: int
    buckets: tuple[tuple[str, int], ...] = ()
    noted_pages: tuple[int, ...] = ()
    text_pages: tuple[int, ...] = ()


@dataclass(slots=True)
class Overview:
    """What one pass over the records leaves behind: a row a document, and how often each note was made."""

    rows: list[Row] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)


def overview(records: Iterable[DocumentRecord]) -> Overview:
    """Read all records once."""
    found = Overview()
    for record in records:
        found.rows.append(row(record))
        found.notes.update(note for page in record.pages for note in set(page.notes))
    return found


def row(record: DocumentRecord) -> Row:
    """The light row of one record."""
    first = record.sources[0] if record.sources else None
    buckets = Counter(classify_page(page) for page in record.pages)
    trouble = [page.page_number for page in record.pages if page.status in ("failed", "fallback")]
    noted = [page.page_number for page in record.pages if page.notes and page.status == "ok"]
    with_text = [page.page_number for page in record.pages if page.status in ("ok", "fallback")]
    return Row(
        source=first.uri if first else record.doc_id,
        name=first.name if first else record.doc_id[:12],
        more_sources=max(0, len(record.sources) - 1),
        doc_id=record.doc_id,
        status=record.status,
        reasons=record.reasons,
        pages=max(record.page_count, len(record.pages)),
        shown_pages=len(record.pages),
        buckets=tuple(sorted(buckets.items())),
        noted_pages=tuple((trouble + noted)[:NOTED_PAGES]),
        text_pages=tuple(with_text[:NOTED_PAGES]),
    )
