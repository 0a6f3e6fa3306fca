"""A quick read of the page's own words, in no order, to compare a transcription with; it adds 2 ms to drawing.

The full assessment of a text layer (``text_layer_trust.assess_text_layer``) costs as much as drawing the page. A
comparison needs less: a layer with enough mapped characters that does not lie under a picture of the page.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from typing import Any

from olmocr_core.domain.settings import Routing
from olmocr_core.domain.text_cleaning import clean_text

_UNMAPPED = re.compile("[\ufffd\ue000-\uf8ff]")
# An image that covers this share of the page is a scan of it: text on top of it is someone's OCR.
IMAGE_SHARE = 0.5
UNMAPPED_SHARE = 0.02
# Four newspaper pages; the words are stored beside the image.
MAX_CHARS = 100_000


def read_quick_text(page: Any, routing: Routing) -> str | None:
    """The words of a page's text layer, or None if the layer is no basis for a comparison."""
    layer = _extract_text(page)
    if len(layer) < routing.layer_min_chars or _has_unmapped_text(layer) or _is_covered_by_image(page):
        return None
    return layer


def _extract_text(page: Any) -> str:
    import pypdfium2

    try:
        textpage = page.get_textpage()
    except pypdfium2.PdfiumError:  # a page that can be drawn keeps its image, whatever its text
        return ""
    try:
        return clean_text(textpage.get_text_bounded())[:MAX_CHARS]
    finally:
        textpage.close()


def _has_unmapped_text(text: str) -> bool:
    strange = len(_UNMAPPED.findall(text))
    return strange > UNMAPPED_SHARE * len(text)


def _is_covered_by_image(page: Any) -> bool:
    width, height = page.get_size()
    return any(_covers_page(image, width, height) for image in _iter_images(page.raw, depth=2))


def _iter_images(container: Any, depth: int, *, is_page: bool = True) -> Iterator[Any]:
    # pypdfium2's own iteration builds a Python object for each of thousands of paths and letters.
    import pypdfium2.raw as raw

    count = raw.FPDFPage_CountObjects(container) if is_page else raw.FPDFFormObj_CountObjects(container)
    get = raw.FPDFPage_GetObject if is_page else raw.FPDFFormObj_GetObject
    for index in range(count):
        item = get(container, index)
        kind = raw.FPDFPageObj_GetType(item)
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            yield item
        elif kind == raw.FPDF_PAGEOBJ_FORM and depth > 1:
            yield from _iter_images(item, depth - 1, is_page=False)


def _covers_page(image: Any, width: float, height: float) -> bool:
    import pypdfium2.raw as raw

    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not raw.FPDFPageObj_GetBounds(image, left, bottom, right, top):
        return False
    across = min(right.value, width) - max(left.value, 0.0)
    up = min(top.value, height) - max(bottom.value, 0.0)
    return max(0.0, across) * max(0.0, up) > IMAGE_SHARE * width * height
