"""Measure the ink on a page and decide whether it is blank, from its pixels alone: text layers are unreliable.

Most pages are decided in 3 ms because ink covers them. The rest (nearly empty, or nearly uniform) are examined closely:
a mark is what differs from the paper around it. On scans, marks made by scanner and paper do not count: dark edges,
specks, punch holes, show-through from the other side. In doubt a page is not blank: reading an empty page costs a
second, skipping a full one loses it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

# Sizes below are in pixels of a page whose longer side is _SIDE; larger images are reduced first.
_SIDE = 1288
_BLOCK = 32
# A block whose gray levels spread more than this holds more than paper; a page with more than this share of such blocks
# holds more than dirt.
_BLOCK_SPREAD = 90
_BUSY_SHARE = 0.10
# Contrast with the surrounding paper that makes a pixel a mark: on clean (digitally drawn) pages, and on scans, where
# show-through reached up to 45.
_CLEAN_CONTRAST, _SCAN_CONTRAST = 16, 56
_NOISE_FACTOR = 8.0
# The paper of a drawn page has one value; JPEG compression in a PDF adds a little noise. 98 of 100 pixels must be this
# close to it.
_CLEAN_NOISE = 4
_GLYPH_HEIGHT = (9, 160)
_MARGIN = 0.12

_Gray = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _Mark:
    """A connected component of marked pixels: its bounding box and its number of pixels."""

    x: int
    y: int
    width: int
    height: int
    area: int

    @property
    def fill(self) -> float:
        return self.area / (self.width * self.height)

    @property
    def is_glyph_like(self) -> bool:
        """Letters and digits are taller than dust and never much wider than high; holes and blots are round and solid."""
        low, high = _GLYPH_HEIGHT
        round_and_solid = self.fill > 0.62 and self.height > 14 and 0.6 < self.width / self.height < 1.7
        return (
            low <= self.height <= high and self.width <= 1.6 * self.height and self.area >= 14 and not round_and_solid
        )


def measure_ink(image: Image.Image, blank_ink: float) -> tuple[float, bool]:
    """Return the share of ink pixels, and whether the page is blank.

    The share counts pixels that differ from the page's background; on a page that is examined closely, only pixels of
    marks that count. A scan is blank with a share below ``blank_ink`` and nothing like a glyph; a clean page, with no
    mark at all.
    """
    reduced = _shrink_to_gray(image)
    gray = np.asarray(reduced)
    if min(gray.shape) < 3 * _BLOCK:
        # Too narrow to tell paper from print by neighbourhood: logs and tickets, which are drawn, not scanned.
        ink = _measure_plain_ink(reduced)
        return ink, ink < blank_ink
    if _measure_busy_share(gray) > _BUSY_SHARE:
        return _measure_plain_ink(reduced), False
    contrast = _measure_contrast(gray)
    if np.percentile(contrast, 98) <= _CLEAN_NOISE:
        marked = contrast > _CLEAN_CONTRAST
        ink = float(np.count_nonzero(marked)) / gray.size
        return ink, ink * gray.size < 4
    noise = float(np.median(contrast)) * 1.48
    marked = contrast > max(_SCAN_CONTRAST, _NOISE_FACTOR * noise)
    marks = [mark for mark in _find_marks(marked) if _is_print(mark, gray.shape)]
    ink = sum(mark.area for mark in marks) / gray.size
    return ink, ink < blank_ink and not any(mark.is_glyph_like for mark in marks)


def _shrink_to_gray(image: Image.Image) -> Image.Image:
    gray = image.convert("L")
    if max(gray.size) > _SIDE:
        gray.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
    return gray


def _split_into_blocks(gray: _Gray, side: int) -> _Gray:
    """Split the page into blocks, shaped (rows, side, columns, side), without the remainder at the right and bottom."""
    rows, columns = gray.shape[0] // side, gray.shape[1] // side
    return gray[: rows * side, : columns * side].reshape(rows, side, columns, side)


def _measure_busy_share(gray: _Gray) -> float:
    # Every other pixel suffices to see print, and contiguous memory makes it ten times faster.
    blocks = _split_into_blocks(np.ascontiguousarray(gray[::2, ::2]), _BLOCK // 2)
    spread = blocks.max(axis=1).max(axis=2) - blocks.min(axis=1).min(axis=2)
    # Scanners leave dark edges in the outermost blocks.
    return float(np.mean(spread[1:-1, 1:-1] > _BLOCK_SPREAD))


def _measure_plain_ink(image: Image.Image) -> float:
    histogram = image.histogram()
    background = max(range(256), key=histogram.__getitem__)
    near = sum(histogram[max(0, background - _SCAN_CONTRAST) : background + _SCAN_CONTRAST + 1])
    return 1.0 - near / (image.width * image.height)


def _measure_contrast(gray: _Gray) -> npt.NDArray[np.int16]:
    """The difference of each pixel from the surrounding paper: the smoothed median of its block."""
    medians = np.median(_split_into_blocks(gray, _BLOCK)[:, ::2, :, ::2], axis=(1, 3)).astype(np.uint8)
    height, width = gray.shape
    paper = np.asarray(Image.fromarray(medians).resize((width, height), Image.Resampling.BILINEAR))
    return np.abs(gray.astype(np.int16) - paper.astype(np.int16))


def _find_marks(marked: npt.NDArray[np.bool_]) -> Iterable[_Mark]:
    # Imported here: only pages in doubt need OpenCV, which is slow to load.
    import cv2

    _, _, stats, _ = cv2.connectedComponentsWithStats(marked.astype(np.uint8), connectivity=8)
    for x, y, width, height, area in stats[1:].tolist():
        yield _Mark(x, y, width, height, area)


def _is_print(mark: _Mark, shape: tuple[int, ...]) -> bool:
    height, width = shape[0], shape[1]
    right, bottom = mark.x + mark.width, mark.y + mark.height
    touches_edge = mark.x <= 1 or mark.y <= 1 or right >= width - 1 or bottom >= height - 1
    speck = mark.area < 8 or max(mark.width, mark.height) < 5
    in_margin = (
        right < _MARGIN * width or mark.x > (1 - _MARGIN) * width
        or bottom < _MARGIN * height or mark.y > (1 - _MARGIN) * height
    )  # fmt: skip
    # A shadow runs along an edge of the paper. A round solid mark in the margin is a punch hole or rust of a staple.
    shadow = in_margin and max(mark.width / width, mark.height / height) > 0.3
    hole = in_margin and not mark.is_glyph_like and mark.fill > 0.55 and mark.height > 14
    return not (touches_edge or speck or shadow or hole)
