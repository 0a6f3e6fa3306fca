"""Detect straight drawn lines in the pixels of a page."""

from __future__ import annotations

import cv2
import numpy as np

from olmocr_core.domain.geometry import Box, Ruling
from olmocr_core.ocr.models import Pixels

_MAX_LINES = 600
_MIN_LENGTH_SHARE = 1 / 30
# Letters of display type have long straight strokes: a ruling is longer than any letter.
_MIN_LENGTH_BANDS = 2.5


def find_rulings(image: Pixels, band: float = 0.0) -> list[Ruling]:
    """Horizontal and vertical lines in pixels: long, thin and darker than the paper around them.

    ``band`` is the typical height of a line of text in pixels.
    """
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    dark = cv2.adaptiveThreshold(gray, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 25, 15)
    longest = max(gray.shape)
    reach = max(24, round(longest * _MIN_LENGTH_SHARE), round(_MIN_LENGTH_BANDS * band))
    thick = max(5, round(longest / 250))
    found: list[Ruling] = []
    for kernel in ((reach, 1), (1, reach)):
        # A scanned ruling leans by a pixel: thicken it across before requiring length. Bridging gaps along it would
        # turn letters into rulings.
        across = (1, 3) if kernel[0] > 1 else (3, 1)
        joined = cv2.dilate(dark, np.ones(across[::-1], np.uint8))
        kept = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones(kernel[::-1], np.uint8))
        _, _, stats, _ = cv2.connectedComponentsWithStats(kept, connectivity=8)
        for x, y, width, height, _area in stats[1 : 1 + _MAX_LINES].tolist():
            if min(width, height) <= thick and max(width, height) >= reach:
                found.append(Ruling(Box(float(x), float(y), float(x + width), float(y + height))))
    return found
