"""Lines of text for tests: boxes and what was read."""

from __future__ import annotations

import numpy as np

from olmocr_core.ocr.detect import LineBox
from olmocr_core.ocr.recognise import LineText
from olmocr_core.ocr.words import ReadLine


def line_box(cy: float, length: float = 200, slope: float = 0.0) -> LineBox:
    return LineBox(cx=200, cy=cy, length=length, thickness=20, tilt=0.0, score=0.9, slope=slope)


def line_text(text: str, confidence: float = 0.99) -> LineText:
    places = tuple((index + 0.5) / max(len(text), 1) for index in range(len(text)))
    return LineText(text, confidence, places, (confidence,) * len(text))


def text_lines(text: str, count: int = 5) -> list[ReadLine]:
    """Lines 480 pixels wide and 24 high: room for some forty characters."""
    text_of_line = LineText(
        text, 0.9, tuple(np.linspace(0, 1, max(len(text), 1)).tolist()[: len(text)]), (0.9,) * len(text)
    )
    return [ReadLine(LineBox(300, 40.0 * number, 480, 24, 0.0, 0.9), text_of_line) for number in range(count)]
