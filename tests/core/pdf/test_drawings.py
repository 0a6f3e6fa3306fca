"""Drawn lines of a page, from its content stream."""

from __future__ import annotations

import pypdfium2 as pdfium
import pytest

from olmocr_core.pdf.text_layer import extract_layout
from tests.core.pdf.making import layout_of, one_page, stream


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


def test_lines_inside_of_form_objects_are_found_where_they_are_drawn() -> None:
    form = stream(b"0 0 m 200 0 l S", b"/Type /XObject /Subtype /Form /BBox [0 -9 300 9] /Matrix [1 0 0 1 10 20]")
    page = b"/MediaBox [0 0 612 792] /Resources << /XObject << /X 6 0 R >> >>"
    data = one_page(b"1 0 0 1 50 100 cm /X Do", page, b"/F1 5 0 R", form)
    with pdfium.PdfDocument(data.replace(b" /Resources << /Font << /F1 5 0 R >> >>", b"")) as document:
        (ruling,) = extract_layout(document[0]).rulings
    assert (round(ruling.box.x0), round(ruling.box.y0), round(ruling.box.width)) == (60, 672, 200)


def test_curves_and_slanted_strokes_are_no_rulings() -> None:
    assert layout_of(b"50 100 m 60 110 80 110 300 100 c S 50 200 m 300 260 l S").rulings == ()


def test_the_box_of_an_image_is_known() -> None:
    image = stream(
        b"\0", b"/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray"
    )
    page = b"/MediaBox [0 0 612 792] /Resources << /XObject << /I 6 0 R >> >>"
    data = one_page(b"200 0 0 100 50 600 cm /I Do", page, b"/F1 5 0 R", image)
    with pdfium.PdfDocument(data.replace(b" /Resources << /Font << /F1 5 0 R >> >>", b"")) as document:
        (box,) = extract_layout(document[0]).images
    assert (box.x0, box.y0, box.x1, box.y1) == pytest.approx((50, 92, 250, 192))
