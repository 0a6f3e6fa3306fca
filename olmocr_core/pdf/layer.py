"""The page's own text, and whether it can be trusted; the op behind ``PageReader.text_layer``."""

from __future__ import annotations

from olmocr_core.models import PageRef
from olmocr_core.pdf.session import WorkerSession
from olmocr_core.ports import TextLayer


def read_layer(session: WorkerSession, ref: PageRef) -> TextLayer:
    """Characters with positions -> text in reading order -> a verdict; empty and not trusted for images."""
    if ref.kind == "image":
        return TextLayer("", trusted=False)
    from olmocr_core.layout import plain_text
    from olmocr_core.pdf.text_layer import extract_layout
    from olmocr_core.route import judge_layer

    with session.pdf(ref).page(ref.page_number) as page:
        layout = extract_layout(page)
    verdict = judge_layer(layout)
    return TextLayer(plain_text(layout), verdict.trusted, verdict.signals)
