"""Spaces by the gaps of the image."""

from __future__ import annotations

import numpy as np

from olmocr_core.ocr.spacing import restore_spaces
from tests.core.ocr.lines import line_text


def test_a_lost_space_is_restored_at_a_gap() -> None:
    text = line_text("ab cd efgh ij kl")
    crop = np.full((40, 16 * 20, 3), 255, np.uint8)
    for index, char in enumerate(text.text):
        if char != " ":
            crop[8:32, index * 20 + 1 : index * 20 + 19] = 0
    assert restore_spaces(text, crop) == text
    crop[:, 7 * 20 + 8 : 8 * 20 + 12] = 255
    assert restore_spaces(text, crop).text == "ab cd ef gh ij kl"


def test_a_torn_off_letter_is_rejoined_and_a_symbol_is_not() -> None:
    text = line_text("it was a m ajor one x y")
    crop = np.full((40, 23 * 20, 3), 255, np.uint8)
    for index, char in enumerate(text.text):
        if char != " ":
            crop[8:32, index * 20 + 1 : index * 20 + 19] = 0
    crop[8:32, 10 * 20 : 10 * 20 + 13] = 0
    assert restore_spaces(text, crop).text == "it was a major one x y"
