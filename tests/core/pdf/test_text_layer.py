from __future__ import annotations

from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.geometry import PageLayout
from olmocr_core.pdf.accents import compose_accents, join_surrogate_pairs, reorder_arabic
from olmocr_core.pdf.page_transform import PageTransform
from olmocr_core.pdf.text_layer import extract_layout
from tests.core.pdf.making import one_page

HELLO = b"BT /F1 20 Tf 100 700 Td (Hello wide world) Tj ET"


def layout_of(content: bytes, page: bytes = b"/MediaBox [0 0 612 792]", *more: bytes) -> PageLayout:
    document = pdfium.PdfDocument(one_page(content, page, b"/F1 5 0 R", *more))
    try:
        return extract_layout(document[0])
    finally:
        document.close()


def test_words_have_their_place_from_the_top_left_and_their_size() -> None:
    layout = layout_of(HELLO)

    assert (layout.width, layout.height) == (612, 792)
    assert [word.text for word in layout.words] == ["Hello", "wide", "world"]
    first = layout.words[0]
    assert first.box.x0 == pytest.approx(100, abs=2)
    assert 70 < first.box.y0 < 92 < first.box.y1 < 100
    assert first.size == pytest.approx(20, rel=0.1)
    assert {word.rotation for word in layout.words} == {0}


@pytest.mark.parametrize(("rotate", "size"), [(90, (792, 612)), (180, (612, 792)), (270, (792, 612))])
def test_coordinates_are_as_seen_on_a_rotated_page(rotate: int, size: tuple[float, float]) -> None:
    layout = layout_of(HELLO, b"/MediaBox [0 0 612 792] /Rotate %d" % rotate)
    x, y = layout.words[0].box.center

    assert (layout.width, layout.height) == size
    assert layout.words[0].rotation == -rotate % 360
    expected = {90: (x > 690, y < 200), 180: (x > 400, y > 690), 270: (x < 100, y > 400)}
    assert all(expected[rotate])


def test_text_that_is_turned_with_its_page_reads_upright() -> None:
    turned = b"BT /F1 20 Tf 0 1 -1 0 100 100 Tm (Turned) Tj ET"
    layout = layout_of(turned, b"/MediaBox [0 0 612 792] /Rotate 90")
    (word,) = layout.words

    assert (word.text, word.rotation) == ("Turned", 0)
    assert word.box.width > 2 * word.box.height
    assert layout_of(turned).words[0].rotation == 90


def test_words_outside_the_crop_box_are_counted_and_left_out() -> None:
    content = HELLO + b" BT /F1 20 Tf 100 300 Td (outside) Tj ET"
    layout = layout_of(content, b"/MediaBox [0 0 612 792] /CropBox [50 600 612 792]")

    assert [word.text for word in layout.words] == ["Hello", "wide", "world"]
    assert layout.outside_share == pytest.approx(7 / 21)
    assert layout.height == 192


def test_invisible_text_is_kept_and_counted() -> None:
    layout = layout_of(HELLO + b" BT /F1 20 Tf 3 Tr 100 300 Td (hidden) Tj ET")

    assert "hidden" in [word.text for word in layout.words]
    assert layout.invisible_share == pytest.approx(6 / 20)


def test_lines_and_thin_boxes_are_rulings_and_shades_are_not() -> None:
    content = b"50 100 m 300 100 l S 50 200 200 0.5 re f 0.9 g 50 300 200 50 re f 1 G 50 500 m 300 500 l S"
    layout = layout_of(content)

    assert [(round(r.box.x0), round(r.box.y0), round(r.box.width)) for r in layout.rulings] == [
        (50, 692, 250),
        (50, 592, 200),
    ]
    assert all(ruling.is_horizontal for ruling in layout.rulings)


def test_a_stroked_box_has_four_sides() -> None:
    assert len(layout_of(b"50 100 200 100 re S").rulings) == 4


def test_values_of_form_fields_are_words() -> None:
    field = b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /V (Jane Roe) /Rect [100 500 300 515] /F 4 >>"
    tick = b"<< /Type /Annot /Subtype /Widget /FT /Btn /T (b) /AS /Yes /V /Yes /Rect [100 400 110 410] /F 4 >>"
    off = b"<< /Type /Annot /Subtype /Widget /FT /Btn /T (c) /AS /Off /Rect [100 300 110 310] /F 4 >>"
    layout = layout_of(HELLO, b"/MediaBox [0 0 612 792] /Annots [6 0 R 7 0 R 8 0 R]", field, tick, off)

    assert [word.text for word in layout.words[3:]] == ["Jane", "Roe", "[x]"]
    assert layout.words[3].box.y0 == pytest.approx(792 - 515, abs=6)


@given(st.text(max_size=20))
def test_characters_that_pdfium_gives_in_two_are_one_again(text: str) -> None:
    units = np.frombuffer(text.encode("utf-16-le"), dtype=np.uint16).astype(np.int64)
    codes = units.copy()
    second = join_surrogate_pairs(codes)
    assert "".join(map(chr, codes[~second])) == text


def test_accents_of_their_own_are_put_on_their_letters() -> None:
    codes = np.array([ord(ch) for ch in "Min ´ a"], dtype=np.int64)
    x = [(0, 9), (9, 11), (11, 16), (16, 16), (17.5, 19), (19, 19), (16.2, 20)]
    boxes = np.array([(a, 10.0, b, 0.0) for a, b in x])
    keep = compose_accents(codes, boxes)

    assert "".join(map(chr, codes[keep])) == "Miná"


def test_an_accent_that_stands_alone_stays() -> None:
    codes = np.array([ord("x"), ord("^"), ord("y")], dtype=np.int64)
    keep = compose_accents(codes, np.array([(0, 10.0, 5, 0.0), (20, 10.0, 25, 0.0), (40, 10.0, 45, 0.0)]))

    assert keep.all()
    assert "".join(map(chr, codes)) == "x^y"


def test_arabic_ligatures_and_marks_are_in_logical_order() -> None:
    codes = np.array([0x627, 0x644, 0x20, 0x64B, 0x636], dtype=np.int64)
    boxes = np.array([(20, 10.0, 26, 0.0), (20, 10.0, 26, 0.0), (18, 0, 18, 0), (10, 12, 12, 10), (8, 10.0, 15, 0.0)])
    reorder_arabic(codes, boxes, np.ones(5, dtype=bool))

    assert codes.tolist() == [0x644, 0x627, 0x20, 0x636, 0x64B]


def test_a_frame_turns_corners() -> None:
    transform = PageTransform(0, 0, 612, 792, 90)

    assert transform.to_page_point(0, 0) == (0, 0)
    assert transform.to_page_point(0, 792) == (792, 0)


def test_a_page_without_anything() -> None:
    layout = layout_of(b"")

    assert (layout.words, layout.rulings, layout.images) == ((), (), ())
    assert layout.invisible_share == 0


def test_a_real_page_keeps_its_columns_of_figures(samples: Path) -> None:
    with pdfium.PdfDocument(samples / "spanning_cells.pdf") as document:
        layout = extract_layout(document[0])

    texts = [word.text for word in layout.words]
    assert {"Improved", "1,505", "A-42"} <= set(texts)
    assert len(layout.rulings) > 100
    assert any(word.bold for word in layout.words)


def test_an_oblique_font_is_not_slanted_writing() -> None:
    layout = layout_of(
        b"BT /F1 20 Tf 1 0 0.33 1 100 700 Tm (leaning) Tj ET BT /F1 20 Tf 0.7 0.7 -0.7 0.7 100 300 Tm (up) Tj ET"
    )

    assert [word.rotation for word in layout.words] == [0, 45]
