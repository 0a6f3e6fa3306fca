"""Codes of ligatures in fonts that do not name them."""

from __future__ import annotations

import numpy as np
import pytest

from olmocr_core.pdf.glyph_names import LigatureNames
from olmocr_core.pdf.ligatures import decode_ligatures


def spelled(
    text: str, font: str | None = "", *, step: float = 5.0, width: float = 5.0, names: LigatureNames | None = None
) -> str:
    codes = np.array([ord(char) for char in text], dtype=np.int64)
    boxes = np.array([(step * at, 10.0, step * at + width, 0.0) for at in range(len(text))])
    decode_ligatures(codes, boxes, lambda at: font, None if names is None else lambda: names)
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
def test_equations_and_undrawn_characters_are_unchanged(font: str | None) -> None:
    assert spelled("ab\x0bcd", font) == "ab\x0bcd"


def test_a_control_character_without_width_is_no_ligature() -> None:
    assert spelled("ab\x0bcd", width=0.0) == "ab\x0bcd"


def test_letters_far_away_make_no_word() -> None:
    assert spelled("ab\x0bcd", step=12.0) == "ab\x0bcd"


def test_codes_of_other_fonts_are_looked_up_in_their_encoding() -> None:
    names = {"LinLibertineT": {27: "ﬁ", 28: "ﬃ"}}
    assert spelled("identi\x1bed di\x1ccult o\x1der", "LinLibertineT", names=names) == "identiﬁed diﬃcult o\x1der"
    assert spelled("identi\x1bed", "Other", names=names) == "identi\x1bed"
    assert spelled("identi\x1ced", "CMR10", names={"CMR10": {28: "ﬀ"}}) == "identiﬁed", "TeX's own are known"


def test_encodings_are_read_only_when_needed() -> None:
    codes, boxes = np.array([ord("a"), ord("b")]), np.array([(0.0, 10.0, 5.0, 0.0), (5.0, 10.0, 10.0, 0.0)])
    decode_ligatures(codes, boxes, lambda at: "LinLibertineT", lambda: pytest.fail("was asked"))
