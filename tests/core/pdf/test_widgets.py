"""Values of form fields."""

from __future__ import annotations

import pypdfium2 as pdfium
import pytest

from olmocr_core.domain.geometry import PageLayout
from olmocr_core.pdf.text_layer import extract_layout
from tests.core.pdf.making import one_page

HELLO = b"BT /F1 20 Tf 100 700 Td (Hello wide world) Tj ET"


def layout_of(content: bytes, page: bytes = b"/MediaBox [0 0 612 792]", *more: bytes) -> PageLayout:
    document = pdfium.PdfDocument(one_page(content, page, b"/F1 5 0 R", *more))
    try:
        return extract_layout(document[0])
    finally:
        document.close()


def test_values_of_form_fields_are_words() -> None:
    field = b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /V (Jane Roe) /Rect [100 500 300 515] /F 4 >>"
    tick = b"<< /Type /Annot /Subtype /Widget /FT /Btn /T (b) /AS /Yes /V /Yes /Rect [100 400 110 410] /F 4 >>"
    off = b"<< /Type /Annot /Subtype /Widget /FT /Btn /T (c) /AS /Off /Rect [100 300 110 310] /F 4 >>"
    layout = layout_of(HELLO, b"/MediaBox [0 0 612 792] /Annots [6 0 R 7 0 R 8 0 R]", field, tick, off)

    assert [word.text for word in layout.words[3:]] == ["Jane", "Roe", "[x]"]
    assert layout.words[3].box.y0 == pytest.approx(792 - 515, abs=6)
