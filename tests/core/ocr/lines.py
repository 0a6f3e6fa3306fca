"""Lines of text for tests: boxes and what was read."""

from __future__ import annotations

from olmocr_core.ocr.detect import LineBox
from olmocr_core.ocr.recognise import LineText


def line_box(cy: float, length: float = 200, slope: float = 0.0) -> LineBox:
    return LineBox(cx=200, cy=cy, length=length, thickness=20, tilt=0.0, score=0.9, slope=slope)


def line_text(text: str, confidence: float = 0.99) -> LineText:
    places = tuple((index + 0.5) / max(len(text), 1) for index in range(len(text)))
    return LineText(text, confidence, places, (confidence,) * len(text))
