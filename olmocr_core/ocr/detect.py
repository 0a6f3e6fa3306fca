"""Detect lines of text in an image (differentiable binarisation, PP-OCRv6)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from olmocr_core.ocr.dewarp import Curve, trace_curves
from olmocr_core.ocr.models import Floats, Network, Pixels, normalise_image

THRESHOLD = 0.3
BOX_SCORE = 0.5
UNCLIP = 1.6
MAX_LINES = 2000
_STRIDE = 32
_MAX_ASPECT, _PIECE_ASPECT, _MIN_PIECE_SIDE = 3.0, 2.0, 640


@dataclass(frozen=True, slots=True)
class LineBox:
    """One line in pixels of the image: centre, length along the line, thickness, and degrees clockwise.

    ``slope`` is the measured angle; ``tilt`` is the angle to crop at (0 where an upright crop is sharper).
    """

    cx: float
    cy: float
    length: float
    thickness: float
    tilt: float
    score: float
    slope: float = 0.0

    @property
    def is_column(self) -> bool:
        """Whether the text runs up or down."""
        return self.thickness > 1.5 * self.length

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """The upright rectangle around the line: x0, y0, x1, y1."""
        angle = math.radians(self.tilt)
        half_x = (abs(self.length * math.cos(angle)) + abs(self.thickness * math.sin(angle))) / 2
        half_y = (abs(self.length * math.sin(angle)) + abs(self.thickness * math.cos(angle))) / 2
        return self.cx - half_x, self.cy - half_y, self.cx + half_x, self.cy + half_y


@dataclass(frozen=True, slots=True)
class DetectedText:
    """The text found on a page: lines from top to bottom, and the curved centre lines of the long ones."""

    lines: list[LineBox]
    curves: list[Curve]


def detect_lines(network: Network, image: Pixels, longest_side: int) -> list[LineBox]:
    """Detect lines only; see ``detect_text``."""
    return detect_text(network, image, longest_side).lines


def detect_text(network: Network, image: Pixels, longest_side: int) -> DetectedText:
    """Detect lines of an RGB image in its pixels, top to bottom; the network sees at most ``longest_side`` pixels.

    A page that is much longer than wide (a drill log, a receipt) is seen in overlapping pieces, without curves.
    """
    height, width = image.shape[:2]
    curves: list[Curve] = []
    if max(height, width) <= _MAX_ASPECT * min(height, width):
        found, curves = _detect_piece(network, image, longest_side)
    else:
        found = [
            line
            for start, piece in _split_long_page(image)
            for line in _detect_in_piece(network, image, piece, start, longest_side)
        ]
    return DetectedText(sorted(found[:MAX_LINES], key=lambda b: (b.cy, b.cx)), curves)


def _split_long_page(image: Pixels) -> Iterator[tuple[int, Pixels]]:
    """Pieces along the longer side, each _PIECE_ASPECT times as long as the shorter side, overlapping by a tenth."""
    height, width = image.shape[:2]
    reach = max(_MIN_PIECE_SIDE, round(_PIECE_ASPECT * min(height, width)))
    step = reach - reach // 10
    for start in range(0, max(1, max(height, width) - reach // 10), step):
        stop = start + reach
        yield start, (image[start:stop] if height >= width else image[:, start:stop])


def _detect_in_piece(
    network: Network, image: Pixels, piece: Pixels, start: int, longest_side: int
) -> Iterator[LineBox]:
    """Lines of a piece, except those near its ends, which belong to the neighbouring pieces."""
    tall = image.shape[0] >= image.shape[1]
    length = piece.shape[0] if tall else piece.shape[1]
    margin = max(_MIN_PIECE_SIDE, round(_PIECE_ASPECT * min(image.shape[:2]))) // 20
    is_last = start + length >= max(image.shape[:2])
    for line in _detect_piece(network, np.ascontiguousarray(piece), longest_side)[0]:
        along = line.cy if tall else line.cx
        if (start == 0 or along >= margin) and (is_last or along < length - margin):
            yield replace(line, cy=line.cy + start) if tall else replace(line, cx=line.cx + start)


def _detect_piece(network: Network, image: Pixels, longest_side: int) -> tuple[list[LineBox], list[Curve]]:
    height, width = image.shape[:2]
    scale = min(1.0, longest_side / max(height, width))
    size = (_round_to_stride(width * scale), _round_to_stride(height * scale))
    seen = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if size != (width, height) else image
    heat: Floats = network.run(normalise_image(np.asarray(seen, dtype=np.uint8)))[0][0, 0]
    across, down = width / size[0], height / size[1]
    lines = [
        LineBox(b.cx * across, b.cy * down, b.length * across, b.thickness * down, b.tilt, b.score, b.slope)
        for b in extract_line_boxes(heat)
    ]
    return lines, trace_curves(np.asarray(heat > THRESHOLD, dtype=np.uint8), (across, down))


def extract_line_boxes(heat: Floats) -> list[LineBox]:
    """Lines in a map of text probability (height, width)."""
    mask = np.asarray(heat > THRESHOLD, dtype=np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    found = (_make_line_box(contour, heat, mask) for contour in contours[:MAX_LINES])
    return [box for box in found if box is not None]


def _make_line_box(contour: np.ndarray, heat: Floats, mask: Pixels) -> LineBox | None:
    (cx, cy), (a, b), angle = cv2.minAreaRect(contour)
    if min(a, b) < 2.5:
        return None
    x, y, w, h = cv2.boundingRect(contour)
    inside = mask[y : y + h, x : x + w].astype(bool)
    score = float(heat[y : y + h, x : x + w][inside].mean())
    if score < BOX_SCORE:
        return None
    # The network marks the core of a line; growing it by area over perimeter restores the whole line.
    grow = a * b * UNCLIP / (2 * (a + b))
    length, thickness, slope = (a, b, angle) if a >= b else (b, a, angle + 90)
    slope = (slope + 90) % 180 - 90
    is_short = length < 2 * thickness
    if is_short or abs(slope) < 0.7 or abs(slope) > 30:
        # The slope of short lines is noise, and an upright crop is sharper.
        return LineBox(x + w / 2, y + h / 2, w + 2 * grow, h + 2 * grow, 0.0, score, 0.0 if is_short else slope)
    return LineBox(cx, cy, length + 2 * grow, thickness + 2 * grow, slope, score, slope)


def _round_to_stride(side: float) -> int:
    return max(_STRIDE, round(side / _STRIDE) * _STRIDE)
