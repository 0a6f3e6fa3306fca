"""Build the final record of a document: assemble its pages, measure its text, decide its status."""

from __future__ import annotations

from collections.abc import Sequence

from olmocr_core.documents.assembly import AssembledDocument, assemble
from olmocr_core.documents.rules import decide_status
from olmocr_core.documents.signals import DetectLanguage, measure_document, measure_page
from olmocr_core.domain.errors import may_pass
from olmocr_core.domain.models import Document, DocumentInfo, DocumentRecord, PageRecord, PageSummary
from olmocr_core.domain.settings import Quality

# With less confidence, a detected language is a guess and is not stored as the page's language.
MIN_LANGUAGE_CONFIDENCE = 0.8


def build_record(
    document: Document,
    info: DocumentInfo,
    pages: Sequence[PageRecord],
    rules: Quality,
    detect: DetectLanguage,
    numbers: Sequence[int] | None = None,
) -> DocumentRecord:
    """Build the final record of a document, or of the pages ``numbers`` of it, from finished pages.

    Never raises for bad pages. ``page_count`` is that of the whole document.
    """
    assembled = assemble(document, info, () if info.error else pages, numbers)
    summaries = _measure_pages(assembled, detect)
    signals = measure_document(assembled.text, summaries)
    status, reasons = decide_status(info.error, summaries, signals, rules)
    return DocumentRecord(
        doc_id=document.doc_id,
        sources=document.sources,
        kind=document.kind,
        status=status,
        reasons=reasons,
        text=assembled.text,
        spans=assembled.spans,
        pages=summaries,
        page_count=info.pages,
        metadata=info.metadata,
        signals=signals,
        notes=info.notes,
        try_again=info.error is not None and may_pass(info.error.code),
    )


def _measure_pages(assembled: AssembledDocument, detect: DetectLanguage) -> tuple[PageSummary, ...]:
    texts = assembled.page_texts()
    return tuple(_add_signals(page, text, detect) for page, text in zip(assembled.pages, texts, strict=True))


def _add_signals(page: PageSummary, text: str, detect: DetectLanguage) -> PageSummary:
    """Add the signals of the page's final text to those of its engine and route."""
    if page.status in ("blank", "failed"):
        return page
    found = measure_page(text, detect)
    language = page.primary_language
    confidence = found["language_confidence"]
    if language is None and isinstance(confidence, float) and confidence >= MIN_LANGUAGE_CONFIDENCE:
        language = str(found["language"])
    return page.model_copy(update={"signals": page.signals | found, "primary_language": language})
