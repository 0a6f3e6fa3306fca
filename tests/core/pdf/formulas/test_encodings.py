"""Codes of TeX's math fonts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.pdf.formulas.encodings import decode_math_char


@pytest.mark.parametrize(
    ("char", "font", "expected"),
    [
        ("\x00", "CMSY10", "−"),
        ("1", "CMSY7", "∞"),
        ("\x0b", "CMMI10", "α"),
        ("\x00", "CMEX10", "("),
        ("P", "CMEX10", "∑"),
        ("P", "LMMathExtension10-Regular", "∑"),
        ("6", "MSAM10", "⩽"),
        ("1", "CMR10", "1"),
        ("x", "CMMI10", "x"),
    ],
)
def test_a_code_stands_for_a_character_of_its_font(char: str, font: str, expected: str) -> None:
    assert decode_math_char(char, font) == expected


@given(st.characters())
def test_codes_of_text_fonts_are_characters(char: str) -> None:
    assert decode_math_char(char, "Times-Roman") == char


@given(st.characters(), st.sampled_from(["CMSY10", "CMMI7", "CMEX10", "MSAM10"]))
def test_every_code_stands_for_something(char: str, font: str) -> None:
    assert decode_math_char(char, font)
