"""Which way up a page is: 0, 90, 180 or 270 degrees."""

from __future__ import annotations

import cv2
import numpy as np

from olmocr_core.models import Rotation
from olmocr_core.ocr.detect import LineBox, detect_lines
from olmocr_core.ocr.models import Floats, Models, Network, Pixels, normalised
from olmocr_core.ocr.recognise import Recogniser, cut
from olmocr_core.ocr.weights import ORIENTATION, OcrWeights

_SHORT, _CROP = 256, 224
SURE = 0.85
_SAMPLES = 8
# The network names how far the page is turned clockwise; turning it counter-clockwise by as much puts it right.
_TURNS: tuple[Rotation, ...] = (0, 90, 180, 270)


def turn(image: Pixels, rotation_ccw: Rotation) -> Pixels:
    """The image turned by quarters, counter-clockwise."""
    return np.ascontiguousarray(np.rot90(image, rotation_ccw // 90)) if rotation_ccw else image


def orientation_scores(network: Network, image: Pixels) -> dict[Rotation, float]:
    """How likely each counter-clockwise turn is to put the page upright; the values add up to 1."""
    height, width = image.shape[:2]
    scale = _SHORT / min(height, width)
    size = (max(_CROP, round(width * scale)), max(_CROP, round(height * scale)))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    top, left = (small.shape[0] - _CROP) // 2, (small.shape[1] - _CROP) // 2
    scores: Floats = network.run(normalised(small[top : top + _CROP, left : left + _CROP]))[0][0]
    return {rotation: float(score) for rotation, score in zip(_TURNS, scores, strict=True)}


def find_rotation(models: Models, weights: OcrWeights, image: Pixels, side: int) -> tuple[Rotation, float]:
    """The counter-clockwise turn that puts the page upright, and how sure that is (0 to 1).

    The classifier decides when it is sure; otherwise a few lines are read in each likely turn and the surest reading
    wins (the upright one on a tie), for ``side`` pixels of the longer side.
    """
    scores = orientation_scores(models.network(ORIENTATION), image)
    ranked = sorted(scores, key=lambda rotation: -scores[rotation])
    if scores[ranked[0]] >= SURE and ranked[0] == 0:
        return ranked[0], scores[ranked[0]]
    recogniser = Recogniser.of(models, weights)
    detection = models.network(weights.detection)
    likely = {0, *ranked[:2]} | {rotation for rotation in ranked if scores[rotation] > 0.05}
    readings = {r: reading_quality(recogniser, turn(image, r), detect_lines(detection, turn(image, r), side))
                for r in sorted(likely)}  # fmt: skip
    best = max(readings, key=lambda r: (readings[r] + 0.1 * scores[r], -r))
    if best != 0 and readings[best] < readings[0] + 0.05:
        best = 0
    rotation: Rotation = next(r for r in _TURNS if r == best)
    return rotation, max(0.0, min(1.0, readings[best]))


def reading_quality(recogniser: Recogniser, image: Pixels, lines: list[LineBox]) -> float:
    """Mean confidence of the longest lines as read, counted by characters; 0 where nothing is read."""
    flat = sorted((line for line in lines if not line.is_column), key=lambda line: -line.length)[:_SAMPLES]
    if not flat:
        return 0.0
    texts = recogniser.read([cut(image, line) for line in flat])
    count = sum(len(text.text) for text in texts)
    share = len(flat) / min(len(lines), _SAMPLES)
    return share * sum(text.confidence * len(text.text) for text in texts) / count if count else 0.0
