"""Votes of characters that look alike."""

from __future__ import annotations

import numpy as np

from olmocr_core.ocr.formulas.glyph_voting import vote_on_glyphs
from olmocr_core.ocr.models import Pixels
from tests.core.ocr.formulas.sheet import Sheet


def test_characters_that_look_alike_are_read_alike() -> None:
    def glyph(text: str) -> Pixels:
        return np.asarray(Sheet(60, 80).write(15, 60, text).image)

    pictures = [glyph("3"), glyph("3"), glyph("3"), glyph("W")]
    readings = [("3", 1.0), ("8", 0.6), ("3", 0.9), ("W", 0.7)]
    assert [text for text, _ in vote_on_glyphs(pictures, readings)] == ["3", "3", "3", "W"]
    assert vote_on_glyphs([], []) == []
