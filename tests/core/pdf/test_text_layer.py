"""Words of a text layer, with boxes, sizes and directions."""

from __future__ import annotations

from pathlib import Path

import pypdfium2 as pdfium
import pytest

from olmocr_core.pdf.text_layer import extract_layout
from tests.core.pdf.making import layout_of

HELLO = b"BT /F1 20 Tf 100 700 Td (Hello wide world) Tj ET"


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
