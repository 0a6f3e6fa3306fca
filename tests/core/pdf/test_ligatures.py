"""Codes of ligatures that fonts without names leave to guess."""

from __future__ import annotations

import numpy as np
import pytest

from olmocr_core.pdf.ligatures import spell_ligatures


def spelled(text: str, font: str | None = "", *, step: float = 5.0, width: float = 5.0) -> str:
    codes = np.array([ord(char) for char in text], dtype=np.int64)
    boxes = np.array([(step * at, 10.0, step * at + width, 0.0) for at in range(len(text))])
    spell_ligatures(codes, boxes, lambda at: font)
    return "".join(map(chr, codes))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("scienti\x1cc", "scientiﬁc"),
        ("di\x0berence", "diﬀerence"),
        ("\x0crst", "ﬁrst"),
        ("o\x0ece", "oﬃce"),
        ("gra\x1fti", "graﬄti"),
        # Two encodings on one page: where the old one is in use, this code is a letter.
        ("a\x0crst f\x1clk", "aﬁrst f\x1clk"),
        ("x\x0b", "x\x0b"),
        ("\x0b + \x0c", "\x0b + \x0c"),
        ("AB\x0bCD", "AB\x0bCD"),
        ("end.\r\nnext", "end.\r\nnext"),
    ],
)
def test_codes_within_words_are_ligatures(text: str, expected: str) -> None:
    assert spelled(text) == expected


@pytest.mark.parametrize("font", ["CMMI10", "LinLibertineT", None])
def test_what_is_an_equation_or_not_drawn_is_left_alone(font: str | None) -> None:
    assert spelled("ab\x0bcd", font) == "ab\x0bcd"


def test_a_control_character_of_no_width_is_none() -> None:
    assert spelled("ab\x0bcd", width=0.0) == "ab\x0bcd"


def test_letters_far_away_make_no_word() -> None:
    assert spelled("ab\x0bcd", step=12.0) == "ab\x0bcd"
