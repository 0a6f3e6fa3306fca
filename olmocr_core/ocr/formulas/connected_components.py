"""Connected components of ink and what their shapes mean: bars, dots, roots and tall delimiters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from olmocr_core.domain.geometry import Box, enclose
from olmocr_core.ocr.models import Pixels

TallSign = Literal["(", ")", "{", "}", "[", "]", "|", "∫"]
_MAX_BLOBS = 8000
_BRACE_BULGE = 0.35


@dataclass(frozen=True, slots=True, eq=False)
class Blob:
    """One connected component of ink: its box in pixels, its number of ink pixels, and its mask of 0 and 1."""

    box: Box
    area: int
    mask: Pixels

    @property
    def middle(self) -> float:
        """The y coordinate of the middle of its box."""
        return (self.box.y0 + self.box.y1) / 2


def find_blobs(image: Pixels, size: float) -> list[Blob]:
    """All components of an RGB image larger than specks beside type of ``size`` pixels, left to right."""
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    window = max(15, 2 * round(2 * size) + 1)
    local = cv2.adaptiveThreshold(gray, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, window, 18)
    middle, _ = cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    dark = np.asarray(((local > 0) & (gray < middle + 30)), dtype=np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    found = []
    for label in range(1, min(count, _MAX_BLOBS)):
        x, y, width, height, area = (int(value) for value in stats[label])
        if area >= 0.009 * size * size and max(width, height) < 60 * size:
            mask = np.asarray(labels[y : y + height, x : x + width] == label, dtype=np.uint8)
            found.append(Blob(Box(x, y, x + width, y + height), area, mask))
    return sorted(found, key=lambda blob: blob.box.x0)


def bounding_box(blobs: Iterable[Blob]) -> Box:
    """The smallest box around one or more blobs."""
    return enclose(blob.box for blob in blobs)


def is_bar(blob: Blob, size: float) -> bool:
    """Whether it is a straight horizontal stroke: a minus, half of an equals sign, a fraction bar."""
    box = blob.box
    # A long bar may lean.
    thick = max(3.0, 0.27 * size if box.width < 8 * box.height else 0.35 * size)
    return (
        box.width >= max(0.3 * size, 2.0 * box.height)
        and box.height <= thick
        and blob.area >= 0.4 * box.width * box.height
    )


def is_dot(blob: Blob, size: float) -> bool:
    """Whether it is a dot."""
    box, longest = blob.box, max(blob.box.width, blob.box.height)
    is_round = 0.7 * box.height < box.width < 1.4 * box.height and blob.area > 0.65 * box.width * box.height
    return longest < (0.4 if is_round else 0.26) * size


def is_plus(blob: Blob, size: float) -> bool:
    """Whether it is an upright cross with nothing in its corners."""
    height, width = blob.mask.shape
    if not 0.4 * size < height < 1.2 * size or not 0.7 < width / height < 1.4:
        return False
    third, across = height // 3, width // 3
    corners = (
        blob.mask[:third, :across],
        blob.mask[:third, -across:],
        blob.mask[-third:, :across],
        blob.mask[-third:, -across:],
    )
    bars = blob.mask.any(axis=1).mean(), blob.mask[third : height - third].any(axis=0).mean()
    return max(float(corner.mean()) for corner in corners) < 0.05 and min(bars) > 0.9


def is_root(blob: Blob, size: float) -> bool:
    """Whether it is a radical sign with its bar: a long stroke along the top, and a hook at the lower left."""
    box = blob.box
    if (
        box.width < max(1.1 * size, 0.75 * box.height)
        or box.height < 0.6 * size
        or blob.area > 0.35 * box.width * box.height
    ):
        return False
    height, width = blob.mask.shape
    top = np.asarray(blob.mask[: max(2, height // 5), :].any(axis=0))
    right = blob.mask[height // 3 :, 3 * width // 5 :]
    return bool(top[width // 2 :].mean() > 0.9 and right.mean() < 0.05)


def classify_tall_sign(blob: Blob, size: float) -> TallSign | None:
    """The delimiter or integral that a blob taller than letters is; None for anything else."""
    box = blob.box
    if box.height < 1.5 * size or box.width > 0.75 * box.height:
        return None
    if box.width < 0.16 * size and box.width < 0.1 * box.height:
        return "|"
    top, upper, middle, lower, bottom = _measure_profile(blob.mask)
    stroke = max(0.05 * size, 1.0)
    left, right = min(top, bottom) - middle, middle - max(top, bottom)
    if left > stroke:
        return "{" if (upper + lower) / 2 - middle > _BRACE_BULGE * left and _has_cusp(blob.mask) else "("
    if right > stroke:
        return "}" if middle - (upper + lower) / 2 > _BRACE_BULGE * right and _has_cusp(blob.mask) else ")"
    if top - middle > stroke and middle - bottom > stroke:
        return "∫"
    return None


def _measure_profile(mask: Pixels) -> Sequence[float]:
    """The x position of the ink at five heights, from top to bottom, in pixels."""
    height = len(mask)
    reach = max(1, height // 16)
    return [
        _find_centre(mask[max(0, at - reach) : at + reach + 1])
        for at in (0, height // 4, height // 2, 3 * height // 4, height - 1)
    ]


def _find_centre(rows: Pixels) -> float:
    columns = np.flatnonzero(rows.any(axis=0))
    return float(columns.mean()) if columns.size else 0.0


def _has_cusp(mask: Pixels) -> bool:
    """Whether the middle sticks out: a brace is straight above and below it, a bracket bends all the way."""
    height = len(mask)
    return abs(
        _find_centre(mask[height // 2 - 1 : height // 2 + 2])
        - _find_centre(mask[3 * height // 8 - 1 : 3 * height // 8 + 2])
    ) > (
        0.5
        * abs(
            _find_centre(mask[height // 2 - 1 : height // 2 + 2])
            - _find_centre(mask[height // 4 - 1 : height // 4 + 2])
        )
    )
