"""Quality: signals of pages and documents, rules over them, and the record that a document ends as."""

from __future__ import annotations

from collections.abc import Sequence

from olmocr_core.documents.assembly import Assembled, assemble, page_texts
from olmocr_core.documents.rules import decide
from olmocr_core.documents.signals import DetectLanguage, document_signals, page_signals
from olmocr_core.domain.models import Document, DocumentInfo, DocumentRecord, PageRecord, PageSummary
from olmocr_core.domain.settings import Quality

__all__ = ["DetectLanguage", "decide", "document_record", "document_signals", "page_signals"]

# Below this, a detected language is a guess and is not put down as the page's language.
SURE = 0.8


def document_record(
    document: Document, info: DocumentInfo, pages: Sequence[PageRecord], rules: Quality, detect: DetectLanguage
) -> DocumentRecord:
    """A document as it ends, from its finished pages: assembled, measured and decided. Never raises for bad pages."""
    assembled = assemble(document, info, () if info.error else pages)
    summaries = _with_signals(assembled, detect)
    signals = document_signals(assembled.text, summaries)
    status, reasons = decide(info.error, summaries, signals, rules)
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
    )


def _with_signals(assembled: Assembled, detect: DetectLanguage) -> tuple[PageSummary, ...]:
    texts = page_texts(assembled.text, assembled.spans)
    return tuple(_measured(page, text, detect) for page, text in zip(assembled.pages, texts, strict=True))


def _measured(page: PageSummary, text: str, detect: DetectLanguage) -> PageSummary:
    """The page with the signals of its final text beside those of its engine and route."""
    if page.status in ("blank", "failed"):
        return page
    found = page_signals(text, detect)
    language = page.primary_language
    sure = found["language_confidence"]
    if language is None and isinstance(sure, float) and sure >= SURE:
        language = str(found["language"])
    return page.model_copy(update={"signals": page.signals | found, "primary_language": language})
