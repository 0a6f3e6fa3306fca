"""Detect which way up a page is: 0, 90, 180 or 270 degrees."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from olmocr_core.domain.models import Rotation
from olmocr_core.ocr.detect import LineBox
from olmocr_core.ocr.models import Floats, ModelCache, Network, Pixels, normalise_image
from olmocr_core.ocr.recognise import Recogniser, crop_line
from olmocr_core.ocr.weights import ORIENTATION, OcrWeights

_SHORT_SIDE, _CROP_SIDE = 256, 224
_SURE_SCORE = 0.85
_MAX_LINES = 8
_LIKELY_SCORE, _UPRIGHT_MARGIN = 0.05, 0.05
# The network returns the clockwise rotation of the page; turning it counter-clockwise by as much corrects it.
_ROTATIONS: tuple[Rotation, ...] = (0, 90, 180, 270)


def rotate_image(image: Pixels, rotation_ccw: Rotation) -> Pixels:
    """Rotate the image counter-clockwise by quarter turns."""
    return np.ascontiguousarray(np.rot90(image, rotation_ccw // 90)) if rotation_ccw else image


def classify_orientation(network: Network, image: Pixels) -> dict[Rotation, float]:
    """The probability that each counter-clockwise turn puts the page upright; the values add up to 1."""
    height, width = image.shape[:2]
    scale = _SHORT_SIDE / min(height, width)
    size = (max(_CROP_SIDE, round(width * scale)), max(_CROP_SIDE, round(height * scale)))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    top, left = (small.shape[0] - _CROP_SIDE) // 2, (small.shape[1] - _CROP_SIDE) // 2
    scores: Floats = network.run(normalise_image(small[top : top + _CROP_SIDE, left : left + _CROP_SIDE]))[0][0]
    return {rotation: float(score) for rotation, score in zip(_ROTATIONS, scores, strict=True)}


def find_rotation(
    models: ModelCache, weights: OcrWeights, image: Pixels, lines: Sequence[LineBox]
) -> tuple[Rotation, float]:
    """The counter-clockwise turn that puts the page upright, and its confidence (0 to 1).

    The classifier decides if it is confident that the page is upright and most ``lines`` (detected as it stands) are
    horizontal. Otherwise a few lines are read in each likely turn; the best reading wins, upright if it is close.
    """
    scores = classify_orientation(models.load_network(ORIENTATION), image)
    ranked = sorted(scores, key=lambda rotation: -scores[rotation])
    columns = sum(line.is_column for line in lines)
    if ranked[0] == 0 and scores[0] >= _SURE_SCORE and 2 * columns <= len(lines):
        return 0, scores[0]
    recogniser = Recogniser.load(models, weights)
    likely: set[Rotation] = {0, *ranked[:2]} | {rotation for rotation in ranked if scores[rotation] > _LIKELY_SCORE}
    readings = {rotation: measure_reading_quality(recogniser, image, lines, rotation) for rotation in sorted(likely)}
    best = max(readings, key=lambda rotation: (readings[rotation] + 0.1 * scores[rotation], -rotation))
    if readings[best] < readings[0] + _UPRIGHT_MARGIN:
        best = 0
    return best, readings[best]


def measure_reading_quality(
    recogniser: Recogniser, image: Pixels, lines: Sequence[LineBox], rotation: Rotation
) -> float:
    """Mean confidence per character of the longest lines, read after the turn; 0 for none."""
    turned_lines = [line for line in lines if line.is_column == (rotation in (90, 270))]
    longest = sorted(turned_lines, key=lambda line: -max(line.length, line.thickness))[:_MAX_LINES]
    texts = recogniser.read([rotate_image(crop_line(image, line), rotation) for line in longest])
    count = sum(len(text.text) for text in texts)
    share = len(longest) / max(1, min(len(lines), _MAX_LINES))
    return share * sum(text.confidence * len(text.text) for text in texts) / count if count else 0.0
