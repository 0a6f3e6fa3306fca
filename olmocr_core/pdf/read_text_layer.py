"""Read a page's text layer and assess whether it can be trusted; the operation behind ``PageReader.text_layer``."""

from __future__ import annotations

from functools import partial

from olmocr_core.domain.geometry import PageLayout
from olmocr_core.domain.models import PageRef, Signals
from olmocr_core.domain.ports import TextLayer
from olmocr_core.pdf.open_pdf import open_session_pdf
from olmocr_core.sandbox.session import WorkerSession

# pdfminer.six took 37 s for a page that others read in 40 ms.
_CROSS_CHECK_SHARE, _NAMES_SHARE = 0.25, 0.1


def read_text_layer(session: WorkerSession, ref: PageRef) -> TextLayer:
    """Extract characters, put them into reading order, and assess the text; empty and not trusted for images.

    A doubtful layer is read by pdfminer.six too: ``layer_second_opinion`` is the share of its characters that both
    found, None if pdfminer gave up.
    """
    if ref.kind == "image":
        return TextLayer("", trusted=False)
    from olmocr_core.documents.language import LanguageDetector
    from olmocr_core.layout import extract_plain_text
    from olmocr_core.reading.text_layer_trust import assess_text_layer

    layout = read_page_layout(session, ref)
    detector: LanguageDetector = session.load_once("language", LanguageDetector)
    verdict = assess_text_layer(layout, session.settings.routing, detector)
    text = extract_plain_text(layout)
    signals = verdict.to_signals()
    if verdict.doubtful:
        signals |= _compare_with_pdfminer(session, ref, text)
    return TextLayer(text, verdict.trusted, signals)


def read_page_layout(session: WorkerSession, ref: PageRef) -> PageLayout:
    """The words of a PDF page and their positions, from its text layer. Raises DocumentError and PageError."""
    from olmocr_core.pdf.glyph_names import read_ligature_codes
    from olmocr_core.pdf.text_layer import extract_layout

    opened = open_session_pdf(session, ref)
    seconds = session.settings.limits.page_seconds * _NAMES_SHARE
    with opened.page(ref.page_number) as page:
        return extract_layout(
            page, partial(read_ligature_codes, ref.location, ref.page_number, opened.password, seconds)
        )


def _compare_with_pdfminer(session: WorkerSession, ref: PageRef, text: str) -> Signals:
    from olmocr_core.pdf.cross_check import extract_page_text
    from olmocr_core.reading.text_similarity import measure_recall

    seconds = session.settings.limits.page_seconds * _CROSS_CHECK_SHARE
    other = extract_page_text(ref.location, ref.page_number, open_session_pdf(session, ref).password, seconds)
    return {"layer_second_opinion": None if other is None else round(measure_recall(other, text)[0], 4)}
