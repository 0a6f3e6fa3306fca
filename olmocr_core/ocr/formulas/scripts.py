"""Find the superscripts and subscripts of a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from olmocr_core.domain.geometry import Box
from olmocr_core.ocr.formulas.connected_components import Blob, is_bar, is_dot

_SMALL_LETTER_RATIO = 0.62
_MIN_SMALL_LETTERS = 3


@dataclass(frozen=True, slots=True)
class TypeMetrics:
    """The page's type size as measured from lines of text, and the height of its small letters; pixels."""

    size: float
    small: float

    @classmethod
    def measure(cls, blobs: Iterable[Blob], size: float) -> TypeMetrics:
        """Measure it: most blobs of middling height are small letters, or digits in scripts, which are as high."""
        heights = [blob.box.height for blob in blobs if 0.35 * size < blob.box.height < 0.85 * size]
        lower = [height for height in heights if height < 0.75 * size]
        chosen = lower if len(lower) >= _MIN_SMALL_LETTERS else heights
        return cls(size, median(chosen) if chosen else _SMALL_LETTER_RATIO * size)


@dataclass(frozen=True, slots=True)
class Script:
    """Blobs that stand above or below their row, side by side."""

    blobs: tuple[Blob, ...]
    raised: bool


def find_scripts(blobs: Sequence[Blob], metrics: TypeMetrics) -> list[Script]:
    """The scripts of a row, left to right."""
    solid = [blob for blob in blobs if not is_bar(blob, metrics.size) and not is_dot(blob, metrics.size)]
    if len(solid) < 2:
        return []
    found: list[Script] = []
    for blob, level in zip(blobs, _find_levels(blobs, find_baseline(solid, metrics.small), metrics), strict=True):
        if level == 0:
            continue
        last = found[-1] if found else None
        if last and last.raised == (level > 0) and blob.box.x0 - last.blobs[-1].box.x1 < 0.3 * metrics.size:
            found[-1] = Script((*last.blobs, blob), last.raised)
        else:
            found.append(Script((blob,), level > 0))
    return found


def find_baseline(solid: Sequence[Blob], small: float) -> float:
    """The line that most ink of a row stands on; letters with tails and brackets reach below it.

    The first blob is usually on the line.
    """
    first = min(solid, key=lambda blob: blob.box.x0)

    def weight(base: float) -> float:
        standing = sum(blob.box.height for blob in solid if _is_on_baseline(blob, base, small))
        return standing + (0.5 * small if _is_on_baseline(first, base, small) else 0.0)

    best = max((blob.box.y1 for blob in solid), key=weight)
    return median(blob.box.y1 for blob in solid if abs(blob.box.y1 - best) < 0.15 * small)


def _is_on_baseline(blob: Blob, base: float, small: float) -> bool:
    foot = (blob.box.y1 - base) / small
    return abs(foot) < 0.15 or (0.2 < foot < 0.6 and blob.box.height > 1.15 * small)


def _find_levels(blobs: Sequence[Blob], base: float, metrics: TypeMetrics) -> list[int]:
    """1 for raised blobs, -1 for lowered ones, 0 for those on the line."""
    levels = [
        0 if _is_fragment(blob, blobs, base, metrics.small) else _find_level(blob, base, metrics) for blob in blobs
    ]
    for at in range(len(blobs) - 2, -1, -1):
        bar, after = blobs[at].box, blobs[at + 1].box
        beside = is_bar(blobs[at], metrics.size) and levels[at + 1] != 0 and after.x0 - bar.x1 < 0.35 * metrics.size
        if beside and after.y0 < bar.center[1] < after.y1 + 1 and bar.width < 1.6 * after.height:
            levels[at] = levels[at + 1]
    return [
        level or _find_level_of_fragment(blob, blobs, levels, metrics.size)
        for blob, level in zip(blobs, levels, strict=True)
    ]


def _find_level(blob: Blob, base: float, metrics: TypeMetrics) -> int:
    box, small = blob.box, metrics.small
    if is_bar(blob, metrics.size) or is_dot(blob, metrics.size) or not 0.45 * small < box.height < 1.3 * small:
        return 0
    top, foot = (base - box.y0) / small, (box.y1 - base) / small
    if foot < -0.4 and top > 1.15:
        return 1
    # A comma is lower and narrow; a letter with a tail is as high as other letters.
    solid = box.width > (0.38 if top > 0.5 else 0.5) * small
    return -1 if foot > 0.1 and top < 0.92 and solid else 0


def _is_fragment(blob: Blob, blobs: Sequence[Blob], base: float, small: float) -> bool:
    """Whether a blob belongs to a broken character on the line: within its box, or above its foot."""
    box = blob.box
    if any(_is_within(box, other.box) for other in blobs if other is not blob):
        return True
    return any(
        other is not blob
        and box.x0 - 1 <= other.box.center[0] <= box.x1 + 1
        and other.box.width > 0.6 * box.width
        and -0.15 * small < other.box.y0 - box.y1 < 0.35 * small
        and abs(other.box.y1 - base) < 0.2 * small
        for other in blobs
    )


def _is_within(box: Box, other: Box) -> bool:
    return other.x0 <= box.x0 and box.x1 <= other.x1 and other.y0 <= box.y0 and box.y1 <= other.y1


def _find_level_of_fragment(blob: Blob, blobs: Sequence[Blob], levels: Sequence[int], size: float) -> int:
    """The level of the script that a fragment broke off from: one directly above or below it."""
    box = blob.box
    if box.height > 0.28 * size or box.width > 0.7 * size:
        return 0
    for other, level in zip(blobs, levels, strict=True):
        white = max(other.box.y0 - box.y1, box.y0 - other.box.y1)
        if level and other.box.x0 - 1 <= box.center[0] <= other.box.x1 + 1 and white < 0.15 * size:
            return level
    return 0
