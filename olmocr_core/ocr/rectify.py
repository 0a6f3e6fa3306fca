"""Rectify a scan: estimate its skew, deskew it, and dewarp a page that curves near a book's gutter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from olmocr_core.ocr.detect import DetectedText, LineBox, detect_text
from olmocr_core.ocr.dewarp import Warp, dewarp, estimate_warp
from olmocr_core.ocr.models import Network, Pixels

MIN_DEGREES = 0.3
MAX_DEGREES = 12.0
_MIN_LINES = 3


@dataclass(frozen=True, slots=True)
class RectifiedImage:
    """The rectified image, its lines, and what was corrected: skew in degrees clockwise, and a warp or None."""

    image: Pixels
    lines: Sequence[LineBox]
    skew: float
    warp: Warp | None

    def apply_to(self, image: Pixels) -> Pixels:
        """Rectify another drawing of the same page, of any size, in the same way."""
        if self.skew:
            image = deskew(image, self.skew)
        return dewarp(image, self.warp) if self.warp else image


def rectify(detection: Network, image: Pixels, detected: DetectedText, side: int, *, known: bool) -> RectifiedImage:
    """Deskew and dewarp the upright page if necessary.

    ``detected`` was found on some drawing of it; ``known`` says that it was this one, at this longest side.
    """
    skew = estimate_skew(detected.lines)
    if abs(skew) < MIN_DEGREES:
        skew = 0.0
    image = deskew(image, skew) if skew else image
    if skew or not known:
        detected = detect_text(detection, image, side)
    warp = estimate_warp(detected.curves, image.shape[1], image.shape[0])
    if warp is not None:
        image = dewarp(image, warp)
        detected = detect_text(detection, image, side)
    return RectifiedImage(image, detected.lines, skew, warp)


def estimate_skew(lines: Sequence[LineBox]) -> float:
    """Degrees clockwise by which most text leans: the weighted median slope of long lines, 0 if unclear."""
    long = [line for line in lines if line.length > 6 * line.thickness and abs(line.slope) <= MAX_DEGREES]
    if len(long) < _MIN_LINES:
        return 0.0
    slopes = np.array([line.slope for line in long])
    weights = np.array([line.length for line in long])
    middle = _weighted_median(slopes, weights)
    agree = weights[np.abs(slopes - middle) <= 1.0].sum() / weights.sum()
    return middle if agree >= 0.5 else 0.0


def deskew(image: Pixels, degrees_clockwise: float) -> Pixels:
    """Rotate the image counter-clockwise by this angle around its middle; same size, corners in paper colour."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees_clockwise, 1.0)
    paper = tuple(int(value) for value in np.median(image[::16, ::16].reshape(-1, 3), axis=0))
    turned = cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=paper)
    return np.asarray(turned, dtype=np.uint8)


def _weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])
