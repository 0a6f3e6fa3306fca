"""What of a run belongs to the equation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.geometry import Box
from olmocr_core.pdf.formulas.glyphs import Glyph
from olmocr_core.pdf.formulas.symbols import look_up_symbol
from olmocr_core.pdf.formulas.trim import is_list_number, remove_equation_numbers, trim_run


def glyphs(text: str, *, step: float = 5.0) -> list[Glyph]:
    """Characters in a row, a space leaving a gap; letters are in a math font."""
    made = []
    for at, char in enumerate(text):
        if char == " ":
            continue
        font = "CMMI10" if char.isalpha() else "CMR10"
        known = look_up_symbol(char, font)
        assert known is not None
        box = Box(step * at, 93, step * at + 5, 100)
        made.append(Glyph(at, char, font, 10.0, box, 100.0, known[0], known[1], font == "CMMI10"))
    return made


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("x=1,", "x=1"),
        ("(x=1", "x=1"),
        ("x=f(y))", "x=f(y)"),
        ("[0,x]", "[0,x]"),
        ("2x=3", "2x=3"),
        ("12.   x=3", "x=3"),
        ("7   x=3", "x=3"),
        ("n-", "n"),
        (".,;", ""),
        ("7", ""),
        ("12", ""),
        ("x. . .", "x..."),
    ],
)
def test_parts_of_the_sentence_are_trimmed(text: str, kept: str) -> None:
    assert "".join(glyph.char for glyph in trim_run(glyphs(text))) == kept


@given(st.text(alphabet="x1(=).,:+ -a√", max_size=12))
def test_trimming_only_removes_glyphs(text: str) -> None:
    run = glyphs(text)
    kept = trim_run(remove_equation_numbers(run))
    assert [glyph.index for glyph in kept] == [glyph.index for glyph in run if glyph in kept]


def test_the_number_of_an_equation_is_removed() -> None:
    assert "".join(glyph.char for glyph in remove_equation_numbers(glyphs("x=1    (4.2)"))) == "x=1"
    assert "".join(glyph.char for glyph in remove_equation_numbers(glyphs("x=f(2)"))) == "x=f(2)"


def test_a_list_number_differs_from_a_number_in_a_term() -> None:
    assert is_list_number(glyphs("150.  x=1"))
    assert not is_list_number(glyphs("1.5x"))
