"""Drawn lines of a page, from its content stream."""

from __future__ import annotations

import pypdfium2 as pdfium

from olmocr_core.domain.geometry import PageLayout
from olmocr_core.pdf.text_layer import extract_layout
from tests.core.pdf.making import one_page


def layout_of(content: bytes, page: bytes = b"/MediaBox [0 0 612 792]", *more: bytes) -> PageLayout:
    document = pdfium.PdfDocument(one_page(content, page, b"/F1 5 0 R", *more))
    try:
        return extract_layout(document[0])
    finally:
        document.close()


def test_lines_and_thin_boxes_are_rulings_and_shaded_areas_are_not() -> None:
    content = b"50 100 m 300 100 l S 50 200 200 0.5 re f 0.9 g 50 300 200 50 re f 1 G 50 500 m 300 500 l S"
    layout = layout_of(content)

    assert [(round(r.box.x0), round(r.box.y0), round(r.box.width)) for r in layout.rulings] == [
        (50, 692, 250),
        (50, 592, 200),
    ]
    assert all(ruling.is_horizontal for ruling in layout.rulings)


def test_a_stroked_box_has_four_sides() -> None:
    assert len(layout_of(b"50 100 200 100 re S").rulings) == 4
