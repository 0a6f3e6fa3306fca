"""What was read against the page's own text, at a glance: words only, in no order, a few milliseconds a page.

The full verdict on a text layer (``route.judge_layer``) costs as much as drawing the page. For a comparison less will do: a
layer with enough mapped characters, in some language, that is not laid under a picture of the page.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from typing import Any

from olmocr_core.compare import recall_against_layer
from olmocr_core.language import LanguageDetector
from olmocr_core.models import PageRef, Signals
from olmocr_core.pdf.session import WorkerSession
from olmocr_core.textclean import clean_text

_STRANGE = re.compile("[\ufffd\ue000-\uf8ff]")
# A picture that covers this much of the page is the page: text on top of it is somebody's OCR.
PICTURE_SHARE = 0.5
UNMAPPED_SHARE = 0.02
# A broken character map breaks every line alike: the beginning tells, at a quarter of the time.
ENOUGH_CHARS = 800
# A broken map never gives the words that were read from the pixels: a layer that is alike is no garbage.
ALIKE = 0.5


def compare_with_layer(session: WorkerSession, ref: PageRef, text: str) -> Signals:
    """The recalls of a text against the page's layer where that can be trusted, else nothing; the op behind ``compare``."""
    if ref.kind == "image":
        return {}
    with session.pdf(ref).page(ref.page_number) as page:
        layer = _layer_text(page)
        if len(layer) < session.settings.routing.layer_min_chars or _unmapped(layer) or _is_picture(page):
            return {}
    characters, numbers = recall_against_layer(text, layer)
    if characters < ALIKE and _is_garbage(session, layer):
        return {}
    return {"layer_character_recall": round(characters, 4), "layer_number_recall": round(numbers, 4)}


def _is_garbage(session: WorkerSession, layer: str) -> bool:
    detector: LanguageDetector = session.once("language", LanguageDetector)
    return detector.is_garbage(layer[:ENOUGH_CHARS])


def _layer_text(page: Any) -> str:
    textpage = page.get_textpage()
    try:
        return clean_text(textpage.get_text_bounded())
    finally:
        textpage.close()


def _unmapped(text: str) -> bool:
    strange = len(_STRANGE.findall(text))
    return strange > UNMAPPED_SHARE * len(text)


def _is_picture(page: Any) -> bool:
    width, height = page.get_size()
    return any(_covers(image, width, height) for image in _images(page.raw, depth=2))


def _images(container: Any, depth: int, *, is_page: bool = True) -> Iterator[Any]:
    # pypdfium2's own walk builds a Python object for each of thousands of paths and letters.
    import pypdfium2.raw as raw

    count = raw.FPDFPage_CountObjects(container) if is_page else raw.FPDFFormObj_CountObjects(container)
    get = raw.FPDFPage_GetObject if is_page else raw.FPDFFormObj_GetObject
    for index in range(count):
        item = get(container, index)
        kind = raw.FPDFPageObj_GetType(item)
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            yield item
        elif kind == raw.FPDF_PAGEOBJ_FORM and depth > 1:
            yield from _images(item, depth - 1, is_page=False)


def _covers(image: Any, width: float, height: float) -> bool:
    import pypdfium2.raw as raw

    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not raw.FPDFPageObj_GetBounds(image, left, bottom, right, top):
        return False
    across = min(right.value, width) - max(left.value, 0.0)
    up = min(top.value, height) - max(bottom.value, 0.0)
    return max(0.0, across) * max(0.0, up) > PICTURE_SHARE * width * height
