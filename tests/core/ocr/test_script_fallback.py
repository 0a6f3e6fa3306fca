from __future__ import annotations

import numpy as np

from olmocr_core.ocr.detect import LineBox
from olmocr_core.ocr.recognise import LineText
from olmocr_core.ocr.script_fallback import is_unreadable
from olmocr_core.ocr.words import ReadLine


def lines(text: str, count: int = 5) -> list[ReadLine]:
    """Lines 480 pixels wide and 24 high: room for some forty characters."""
    said = LineText(text, 0.9, tuple(np.linspace(0, 1, max(len(text), 1)).tolist()[: len(text)]), (0.9,) * len(text))
    return [ReadLine(LineBox(300, 40.0 * number, 480, 24, 0.0, 0.9), said) for number in range(count)]


def test_pages_of_which_little_was_read_and_greek_ones_are_unreadable() -> None:
    assert not is_unreadable(lines("a line of some forty characters of text"))
    assert is_unreadable(lines(", -"))
    assert is_unreadable(lines("νωτ εναι κινωνι και η αετ εναι"))
    assert not is_unreadable(lines(", -", count=2))
