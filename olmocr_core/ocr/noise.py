"""Drop lines that are not text: specks, scanner edges, parts of pictures, show-through."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import cv2
import numpy as np

from olmocr_core.ocr.models import Pixels
from olmocr_core.ocr.recognise import crop_line
from olmocr_core.ocr.words import ReadLine

_HOPELESS_CONFIDENCE = 0.5
_DOUBTFUL_CONFIDENCE = 0.7
# Show-through had less than 0.43 of the page's contrast on synthetic scans; 95 of 100 lines had more than 0.8.
_FAINT_CONTRAST = 0.5
_GOOD_CONFIDENCE = 0.9
_MIN_LINES = 8
_MAX_SHORT_CHARS = 3


def is_noise(line: ReadLine) -> bool:
    """Whether a line should be dropped; faint but readable text stays."""
    text, confidence = line.text.text.strip(), line.text.confidence
    if not text or confidence < _HOPELESS_CONFIDENCE:
        return True
    letters = sum(char.isalnum() for char in text)
    if letters == 0:
        return confidence < 0.9 and len(text) < 4
    return confidence < _DOUBTFUL_CONFIDENCE and (letters <= 2 or letters < 0.6 * len(text))


def remove_show_through(lines: Sequence[ReadLine], image: Pixels) -> list[ReadLine]:
    """Remove lines that show through from the back of the leaf: fainter than the others, and badly read.

    Faint lines that were read well stay: they may be pencil, or print in a shadow.
    """
    contrasts = [_measure_contrast(image, line) for line in lines]
    strong = [
        contrast for line, contrast in zip(lines, contrasts, strict=True) if line.text.confidence >= _GOOD_CONFIDENCE
    ]
    if len(strong) < _MIN_LINES:
        return list(lines)
    least = _FAINT_CONTRAST * median(strong)
    return [
        line
        for line, contrast in zip(lines, contrasts, strict=True)
        if contrast >= least
        or (line.text.confidence >= _GOOD_CONFIDENCE and len(line.text.text.strip()) > _MAX_SHORT_CHARS)
    ]


def _measure_contrast(image: Pixels, line: ReadLine) -> float:
    """Gray levels between paper and ink of a line."""
    gray = cv2.cvtColor(np.ascontiguousarray(crop_line(image, line.box)), cv2.COLOR_RGB2GRAY)
    ink, paper = np.percentile(gray[:: max(1, gray.shape[0] // 48)], (4, 90))
    return float(paper - ink)
