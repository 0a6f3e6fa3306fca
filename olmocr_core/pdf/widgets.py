"""Values of filled form fields: visible on the page, but not part of pdfium's text page."""

from __future__ import annotations

import ctypes
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from olmocr_core.domain.geometry import Box, Word
from olmocr_core.domain.text_cleaning import clean_text
from olmocr_core.pdf.page_transform import PageTransform

_MAX_WIDGETS = 2000
_HIDDEN = 1 << 1 | 1 << 5


def read_widgets(page: pdfium.PdfPage, transform: PageTransform) -> tuple[Word, ...]:
    """Words of text and choice fields with a value, and ``[x]`` for ticked boxes, each at its field's place."""
    words: list[Word] = []
    for index in range(min(pdfium_c.FPDFPage_GetAnnotCount(page.raw), _MAX_WIDGETS)):
        annotation = pdfium_c.FPDFPage_GetAnnot(page.raw, index)
        if not annotation:
            continue
        try:
            words.extend(_field_words(annotation, transform))
        finally:
            pdfium_c.FPDFPage_CloseAnnot(annotation)
    return tuple(words)


def _field_words(annotation: Any, transform: PageTransform) -> list[Word]:
    if pdfium_c.FPDFAnnot_GetSubtype(annotation) != pdfium_c.FPDF_ANNOT_WIDGET:
        return []
    if pdfium_c.FPDFAnnot_GetFlags(annotation) & _HIDDEN:
        return []
    rect = pdfium_c.FS_RECTF()
    if not pdfium_c.FPDFAnnot_GetRect(annotation, ctypes.byref(rect)):
        return []
    box = transform.to_page_box(rect.left, rect.bottom, rect.right, rect.top)
    if not transform.is_visible(box) or box.height <= 0:
        return []
    state = _read_string(annotation, b"AS")
    if state:
        return [] if state == "Off" else [Word("[x]", box, min(box.height, 10.0))]
    return _lay_out_words(_read_string(annotation, b"V"), box)


def _lay_out_words(value: str, box: Box) -> list[Word]:
    """Place the words of a value in its field, one line of the value per line of the field."""
    lines = [line.split() for line in clean_text(value).split("\n") if line.strip()]
    size = min(box.height / max(len(lines), 1), 11.0)
    words = []
    for row, texts in enumerate(lines):
        top = box.y0 + row * box.height / len(lines)
        space = min(0.5 * size, box.width / max(sum(len(text) + 1 for text in texts), 1))
        x = box.x0
        for text in texts:
            width = space * len(text)
            middle = top + box.height / len(lines) / 2
            words.append(Word(text, Box(x, middle - size / 2, x + width, middle + size / 2), size))
            x += width + space
    return words


def _read_string(annotation: Any, key: bytes) -> str:
    length = pdfium_c.FPDFAnnot_GetStringValue(annotation, key, None, 0)
    if length <= 2:
        return ""
    buffer = (ctypes.c_ushort * (length // 2))()
    pdfium_c.FPDFAnnot_GetStringValue(annotation, key, buffer, length)
    return bytes(buffer).decode("utf-16-le", "replace").rstrip("\x00")
