"""Values of form fields."""

from __future__ import annotations

import pytest

from olmocr_core.domain.geometry import PageLayout
from tests.core.pdf.making import layout_of

HELLO = b"BT /F1 20 Tf 100 700 Td (Hello wide world) Tj ET"


def test_values_of_form_fields_are_words() -> None:
    field = b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /V (Jane Roe) /Rect [100 500 300 515] /F 4 >>"
    tick = b"<< /Type /Annot /Subtype /Widget /FT /Btn /T (b) /AS /Yes /V /Yes /Rect [100 400 110 410] /F 4 >>"
    off = b"<< /Type /Annot /Subtype /Widget /FT /Btn /T (c) /AS /Off /Rect [100 300 110 310] /F 4 >>"
    layout = layout_of(HELLO, b"/MediaBox [0 0 612 792] /Annots [6 0 R 7 0 R 8 0 R]", field, tick, off)

    assert [word.text for word in layout.words[3:]] == ["Jane", "Roe", "[x]"]
    assert layout.words[3].box.y0 == pytest.approx(792 - 515, abs=6)


def field(value: bytes, rect: bytes = b"100 500 300 530", flags: int = 4) -> PageLayout:
    annotation = b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /V (%s) /Rect [%s] /F %d >>" % (value, rect, flags)
    return layout_of(b"", b"/MediaBox [0 0 612 792] /Annots [6 0 R]", annotation)


def test_each_line_of_a_value_gets_a_line_of_the_field() -> None:
    first, second, third = field(b"one two\\nthree").words
    assert [word.text for word in (first, second, third)] == ["one", "two", "three"]
    assert first.box.y0 == second.box.y0 < third.box.y0
    assert first.box.x1 < second.box.x0
    assert third.box.x0 == first.box.x0 == pytest.approx(100)


@pytest.mark.parametrize("flags", [2, 32])
def test_hidden_fields_are_not_on_the_page(flags: int) -> None:
    assert field(b"secret", flags=flags).words == ()


def test_fields_outside_of_the_page_and_empty_ones_give_no_words() -> None:
    assert field(b"outside", rect=b"700 500 800 530").words == ()
    assert field(b"").words == ()


def test_a_long_value_stays_within_its_field() -> None:
    assert max(word.box.x1 for word in field(b"word " * 60).words) <= 300
