"""What was read against the page's own text, at a glance: words only, in no order, a few milliseconds a page.

The full verdict on a text layer (``route.judge_layer``) costs as much as drawing the page. For a comparison less will do: a
layer with enough mapped characters, in some language, that is not laid under a picture of the page.
"""

from __future__ import annotations

from typing import Any

from olmocr_core.compare import recall_against_layer
from olmocr_core.language import LanguageDetector
from olmocr_core.models import PageRef, Signals
from olmocr_core.pdf.session import WorkerSession
from olmocr_core.textclean import clean_text

# A picture that covers this much of the page is the page: text on top of it is somebody's OCR.
PICTURE_SHARE = 0.5
UNMAPPED_SHARE = 0.02
# A broken character map breaks every line alike: the beginning tells, at a quarter of the time.
ENOUGH_CHARS = 800


def compare_with_layer(session: WorkerSession, ref: PageRef, text: str) -> Signals:
    """The recalls of a text against the page's layer where that can be trusted, else nothing; the op behind ``compare``."""
    if ref.kind == "image":
        return {}
    with session.pdf(ref).page(ref.page_number) as page:
        layer = _layer_text(page)
        if len(layer) < session.settings.routing.layer_min_chars or _unmapped(layer) or _is_picture(page):
            return {}
    detector: LanguageDetector = session.once("language", LanguageDetector)
    if detector.is_garbage(layer[:ENOUGH_CHARS]):
        return {}
    characters, numbers = recall_against_layer(text, layer)
    return {"layer_character_recall": round(characters, 4), "layer_number_recall": round(numbers, 4)}


def _layer_text(page: Any) -> str:
    textpage = page.get_textpage()
    try:
        return clean_text(textpage.get_text_bounded())
    finally:
        textpage.close()


def _unmapped(text: str) -> bool:
    strange = sum(char == "\ufffd" or "\ue000" <= char <= "\uf8ff" for char in text)
    return strange > UNMAPPED_SHARE * len(text)


def _is_picture(page: Any) -> bool:
    import pypdfium2.raw as raw

    width, height = page.get_size()
    for image in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=2):
        left, bottom, right, top = image.get_bounds()
        covered = max(0.0, min(right, width) - max(left, 0.0)) * max(0.0, min(top, height) - max(bottom, 0.0))
        if covered > PICTURE_SHARE * width * height:
            return True
    return False
