"""A document, its page records and a language detector for the tests of documents."""

from __future__ import annotations

from olmocr_core.domain.models import Document, ErrorInfo, PageRecord, Source, Transcription

PROSE = (
    "The harbour was quiet that morning, and the ferry had not yet come. Two men mended a net on the quay while a third "
    "counted crates of mackerel into the back of a van; gulls waited on the roof of the customs house. Nobody spoke much."
)
DOCUMENT = Document(
    doc_id="d" * 64, kind="pdf", location="a", size_bytes=1, mtime_ns=0, sources=(Source(uri="a.pdf", name="a.pdf"),)
)


def english(text: str) -> tuple[str | None, float]:
    return "en", 0.99


def reworded(text: str, number: int) -> str:
    """Change the words by page: the pages of a real document differ."""
    return text if number == 1 else " ".join(word + "aeiou"[number % 5] * number for word in text.split())


def records(*statuses: str, text: str = PROSE) -> list[PageRecord]:
    return [
        PageRecord(
            key=str(number),
            doc_id=DOCUMENT.doc_id,
            page_number=number,
            status=status,
            route={"ok": "ocr", "blank": "blank", "fallback": "fallback", "failed": "none"}[status],
            engine="scripted",
            transcription=Transcription(text=reworded(text, number) if status in ("ok", "fallback") else ""),
            error=ErrorInfo(code="page_timeout", message="took longer than 60 s") if status == "failed" else None,
        )
        for number, status in enumerate(statuses, 1)
    ]
