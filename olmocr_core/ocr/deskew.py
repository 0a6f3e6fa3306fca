"""Small angles: how far a scan leans, and the image turned back."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from olmocr_core.ocr.detect import LineBox
from olmocr_core.ocr.models import Pixels

MIN_DEGREES = 0.3
MAX_DEGREES = 12.0
_MIN_LINES = 3


def estimate_skew(lines: Sequence[LineBox]) -> float:
    """Degrees clockwise by which most text leans: the weighted median slope of its long lines, 0 where unclear."""
    long = [line for line in lines if line.length > 6 * line.thickness and abs(line.slope) <= MAX_DEGREES]
    if len(long) < _MIN_LINES:
        return 0.0
    slopes = np.array([line.slope for line in long])
    weights = np.array([line.length for line in long])
    middle = _weighted_median(slopes, weights)
    agree = weights[np.abs(slopes - middle) <= 1.0].sum() / weights.sum()
    return middle if agree >= 0.5 else 0.0


def deskew(image: Pixels, degrees_clockwise: float) -> Pixels:
    """The image turned counter-clockwise by that angle around its middle; same size, new corners in paper colour."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees_clockwise, 1.0)
    paper = tuple(int(value) for value in np.median(image[::16, ::16].reshape(-1, 3), axis=0))
    turned = cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=paper)
    return np.asarray(turned, dtype=np.uint8)


def _weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])
