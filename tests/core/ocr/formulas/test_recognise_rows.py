"""Rows of symbols, read."""

from __future__ import annotations

import numpy as np

from olmocr_core.domain.geometry import Box
from olmocr_core.ocr.formulas.connected_components import (
    Blob,
)
from olmocr_core.ocr.formulas.recognise_rows import place_digits
from tests.core.ocr.formulas.sheet import SIZE


def test_digits_that_touch_their_letters_are_raised_or_lowered_as_they_stand() -> None:
    def blob(x0: float, y0: float, x1: float, y1: float) -> Blob:
        return Blob(Box(x0, y0, x1, y1), 100, np.ones((int(y1 - y0), int(x1 - x0)), np.uint8))

    others = [blob(60, 60, 80, 100), blob(90, 60, 110, 100)]
    places = [10, 35, 70, 100]
    assert place_digits("x2+4", places, [blob(0, 60, 45, 100), *others], SIZE) == "x²+4"
    assert place_digits("x2+4", places, [blob(0, 60, 45, 106), *others], SIZE) == "x₂+4"
    apart = [blob(0, 70, 20, 100), blob(28, 60, 42, 100), *others]
    assert place_digits("x2+4", places, apart, SIZE) == "x2+4"
