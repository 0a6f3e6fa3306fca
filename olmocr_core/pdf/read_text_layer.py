"""The page's own text, and whether it can be trusted; the op behind ``PageReader.text_layer``."""

from __future__ import annotations

from functools import partial

from olmocr_core.domain.geometry import PageLayout
from olmocr_core.domain.models import PageRef, Signals
from olmocr_core.domain.ports import TextLayer
from olmocr_core.pdf.open_pdf import session_pdf
from olmocr_core.sandbox.session import WorkerSession

# pdfminer.six was seen to take 37 s for a page that others read in 40 ms.
_OPINION_SHARE, _NAMES_SHARE = 0.25, 0.1


def read_layer(session: WorkerSession, ref: PageRef) -> TextLayer:
    """Characters with positions -> text in reading order -> a verdict; empty and not trusted for images.

    A layer in doubt is read by pdfminer.six too: ``layer_second_opinion`` is the share of its characters that both
    found, None when pdfminer gave up.
    """
    if ref.kind == "image":
        return TextLayer("", trusted=False)
    from olmocr_core.documents.language import LanguageDetector
    from olmocr_core.layout import plain_text
    from olmocr_core.reading.text_layer_trust import assess_text_layer

    layout = read_layout(session, ref)
    detector: LanguageDetector = session.once("language", LanguageDetector)
    verdict = assess_text_layer(layout, session.settings.routing, detector)
    text = plain_text(layout)
    signals = verdict.to_signals()
    if verdict.doubtful:
        signals |= _second_opinion(session, ref, text)
    return TextLayer(text, verdict.trusted, signals)


def read_layout(session: WorkerSession, ref: PageRef) -> PageLayout:
    """What stands on a page of a PDF, and where, by its own text. Raises DocumentError and PageError."""
    from olmocr_core.pdf.glyph_names import ligature_codes
    from olmocr_core.pdf.text_layer import extract_layout

    opened = session_pdf(session, ref)
    seconds = session.settings.limits.page_seconds * _NAMES_SHARE
    with opened.page(ref.page_number) as page:
        return extract_layout(page, partial(ligature_codes, ref.location, ref.page_number, opened.password, seconds))


def _second_opinion(session: WorkerSession, ref: PageRef, text: str) -> Signals:
    from olmocr_core.pdf.cross_check import page_text
    from olmocr_core.reading.text_similarity import recall_against_layer

    seconds = session.settings.limits.page_seconds * _OPINION_SHARE
    other = page_text(ref.location, ref.page_number, session_pdf(session, ref).password, seconds)
    return {"layer_second_opinion": None if other is None else round(recall_against_layer(other, text)[0], 4)}
