"""Glyphs of a text page, and what their fonts and shapes mean."""

from __future__ import annotations

from dataclasses import replace

import pypdfium2 as pdfium
import pytest

from olmocr_core.pdf.formulas.glyphs import Glyph, read_glyphs
from olmocr_core.pdf.page_transform import PageTransform
from tests.core.pdf.formulas.rows import row
from tests.core.pdf.making import one_page, text


def glyph(char: str, font: str = "CMMI10") -> Glyph:
    (found,) = row(char)
    assert found is not None
    return replace(found, font=font, math=font != "CMR10")


def test_glyphs_are_read_with_size_baseline_and_ink() -> None:
    with pdfium.PdfDocument(one_page(text(b"x = 1", 100, 700, 20))) as document:
        page = document[0]
        textpage = page.get_textpage()
        codes = [ord(char) for char in textpage.get_text_range()]
        found = read_glyphs(textpage, codes, list(range(len(codes))), PageTransform.from_page(page))
        textpage.close()
    assert [item.char if item else " " for item in found] == list("x = 1")
    x = found[0]
    assert x is not None
    assert (x.size, x.font, x.math, x.tex) == (20, "Helvetica", False, "x")
    assert x.base == pytest.approx(92)
    assert 100 <= x.box.x0 < x.box.x1 < 112
    assert x.box.y1 == pytest.approx(92, abs=1)


@pytest.mark.parametrize(
    ("char", "font", "expected"),
    [
        ("x", "CMMI10", True),
        ("x", "CMR10", False),
        ("Ω", "CMR10", True),
        ("1", "CMMI10", False),
        ("·", "CMSY10", False),
    ],
)
def test_distinctive_glyphs_occur_in_equations_only(char: str, font: str, expected: bool) -> None:
    tex = {"Ω": r"\Omega", "·": r"\cdot"}.get(char, char)
    assert replace(glyph(char, font), tex=tex).is_distinctive is expected


@pytest.mark.parametrize(
    ("font", "upright", "italic", "bold"),
    [
        ("CMR10", True, False, False),
        ("CMTI10", False, True, False),
        ("CMBX10", True, False, True),
        ("STIXTwoMath-Regular", True, False, False),
        ("CMMI10", False, True, False),
    ],
)
def test_the_font_tells_the_style(font: str, upright: bool, italic: bool, bold: bool) -> None:
    letter = replace(glyph("x"), font=font, math="MMI" in font or "Math" in font)
    assert (letter.upright, letter.italic, letter.bold) == (upright, italic, bold)


def test_accents_are_not_letters() -> None:
    assert glyph("x").letter
    assert not replace(glyph("x"), kind="accent").letter
