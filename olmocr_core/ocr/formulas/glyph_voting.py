"""Glyph voting: single characters that look alike on a page are the same character, and confident readings decide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import cv2
import numpy as np

from olmocr_core.ocr.models import Floats, Pixels

_SQUARE_SIDE = 20
_MIN_SIMILARITY = 0.85


def vote_on_glyphs(pictures: Sequence[Pixels], readings: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """Readings (text, confidence) by picture (RGB, dark on white), each after a vote of similar pictures."""
    if not pictures:
        return []
    shapes = np.stack([_compute_shape(picture) for picture in pictures])
    likeness = shapes @ shapes.T
    found = []
    for own, row in zip(readings, likeness, strict=True):
        if len(own[0]) != 1:
            found.append(own)
            continue
        votes: dict[str, float] = defaultdict(float)
        best: dict[str, float] = defaultdict(float)
        for (text, sure), alike in zip(readings, row, strict=True):
            if alike > _MIN_SIMILARITY and len(text) == 1:
                votes[text] += float(alike) ** 12 * sure**2
                best[text] = max(best[text], sure)
        text = max(votes, key=lambda text: votes[text], default=own[0])
        found.append((text, max(own[1], best[text])))
    return found


def _compute_shape(picture: Pixels) -> Floats:
    """A picture's ink on a small blurred square, normalised so that dot products measure similarity."""
    gray = 255 - cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    ys, xs = np.nonzero(gray > 100)
    if not len(xs):
        return np.zeros(_SQUARE_SIDE * _SQUARE_SIDE, np.float32)
    part = gray[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    height, width = part.shape
    side = max(height, width)
    square = np.zeros((side, side), np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = part
    small = cv2.resize(square, (_SQUARE_SIDE, _SQUARE_SIDE), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small.astype(np.float32), (0, 0), 1.0).ravel()
    soft -= soft.mean()
    return np.asarray(soft / max(float(np.linalg.norm(soft)), 1e-6), dtype=np.float32)
