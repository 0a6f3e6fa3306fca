"""Read a sample of a page's lines by OCR, to compare with a doubtful text layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from olmocr_core.domain.geometry import Box
from olmocr_core.ocr.detect import LineBox, detect_lines
from olmocr_core.ocr.models import ModelCache, Pixels
from olmocr_core.ocr.recognise import Recogniser, crop_line
from olmocr_core.ocr.weights import TINY

MAX_SAMPLES = 14
_DETECTION_SIDE = 1280


@dataclass(frozen=True, slots=True)
class LineSample:
    """The text of one line, with its upright box in pixels."""

    box: Box
    text: str
    confidence: float


def sample_lines(models: ModelCache, image: Pixels) -> tuple[list[LineSample], list[Box]]:
    """Read up to MAX_SAMPLES lines spread over the page; also return the boxes of all lines. Pixels of ``image``."""
    lines = [b for b in detect_lines(models.load_network(TINY.detection), image, _DETECTION_SIDE) if not b.is_column]
    chosen = choose_spread_lines(lines)
    texts = Recogniser.load(models, TINY).read([crop_line(image, line) for line in chosen])
    samples = [
        LineSample(Box(*line.bounds), text.text, text.confidence) for line, text in zip(chosen, texts, strict=True)
    ]
    return samples, [Box(*line.bounds) for line in lines]


def choose_spread_lines(lines: Sequence[LineBox]) -> list[LineBox]:
    """A long and a short line of each stretch of the page, top to bottom: at most MAX_SAMPLES.

    Short lines expose layers that hold the body correctly and the margins badly.
    """
    if len(lines) <= MAX_SAMPLES:
        return list(lines)
    ordered = sorted(lines, key=lambda line: line.cy)
    stretches = MAX_SAMPLES // 2
    cuts = [round(index * len(ordered) / stretches) for index in range(stretches + 1)]
    chosen = []
    for start, stop in pairwise(cuts):
        by_length = sorted(ordered[start:stop], key=lambda line: line.length)
        chosen += [by_length[-1], by_length[len(by_length) // 4]]
    return chosen
