"""Reading order by a recursive cut: gutters separate columns, and elements that span columns cut the page into bands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
import numpy.typing as npt

from olmocr_core.domain.geometry import Box, Word
from olmocr_core.layout.lines import bounding_box, measure_typical_size

Grid = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]
Words = Sequence[Word]
_MAX_DEPTH, _MAX_TRIES = 24, 8
_MAX_CELLS = 1_500_000
# Width of a gutter in type sizes, and the grid rows that it must pass: justified text has narrow rivers by chance, but
# not over many lines, and not where a wide gutter continues.
_WINDOWS = ((0.8, 5), (0.6, 28))
# Lines from OCR are shortened by this many type sizes at both ends when looking for gutters.
_OCR_END_INSET, _MIN_SCORE_RATIO = 0.5, 1.5
_NUMBER = re.compile(r"^[\W_]*\d[\d.,:/%\s()$€£+\-–—*]*[a-zA-Z]?[\W_]*$")


@dataclass(frozen=True, slots=True)
class _Gutter:
    """White space between x0 and x1 that runs from y0 to y1 with text on both sides; points."""

    x0: float
    x1: float
    y0: float
    y1: float
    score: float


def find_reading_order(words: Words) -> list[list[Word]]:
    """Parts of the page in reading order, each one column wide; every word is in exactly one."""
    parts: list[list[Word]] = []
    _cut_recursively(list(words), measure_typical_size(words), parts, 0)
    return parts


def _cut_recursively(words: list[Word], size: float, parts: list[list[Word]], depth: int) -> None:
    if not words:
        return
    gutter = _find_gutter(words, size) if len(words) > 7 and depth < _MAX_DEPTH else None
    if gutter is None:
        parts.append(words)
        return
    above, left, right, below = _divide_at_gutter(words, gutter)
    for part in (above, left, right, below):
        _cut_recursively(part, size, parts, depth + 1)


def _divide_at_gutter(words: Words, gutter: _Gutter) -> tuple[list[Word], list[Word], list[Word], list[Word]]:
    above: list[Word] = []
    left: list[Word] = []
    right: list[Word] = []
    below: list[Word] = []
    middle = (gutter.x0 + gutter.x1) / 2
    for word in words:
        x, y = word.box.center
        if y < gutter.y0:
            above.append(word)
        elif y > gutter.y1:
            below.append(word)
        else:
            (left if x < middle else right).append(word)
    return above, left, right, below


def _find_gutter(words: Words, size: float) -> _Gutter | None:
    """The best gutter; one that shows only between shortened OCR lines must run much further than the others."""
    gutter = _find_best_gutter(words, [word.box for word in words], size)
    if all(word.line < 0 for word in words):
        return gutter
    loose = _find_best_gutter(words, _shrink_ocr_boxes(words), size)
    if gutter is None or (loose is not None and loose.score > _MIN_SCORE_RATIO * gutter.score):
        return loose
    return gutter


def _find_best_gutter(words: Words, boxes: Sequence[Box], size: float) -> _Gutter | None:
    area = bounding_box(words)
    if area.width < 8 * size or area.height < 2 * size:
        return None
    scale = max(1.0, (area.width * area.height / (size * size / 32) / _MAX_CELLS) ** 0.5)
    dx, dy = size / 8 * scale, size / 4 * scale
    grid = _draw_grid(boxes, area, dx, dy)
    tries: list[tuple[float, int, tuple[int, int, int]]] = []
    for share, least in _WINDOWS:
        window = max(2, round(share * size / dx))
        for column, top, bottom, score in _find_white_runs(grid, window):
            known = not tries or any(abs(column - other[2][0]) <= 2 * window for other in tries)
            if score >= least:
                tries.append((score if known else 0.8 * score, window, (column, top, bottom)))
    for score, window, (column, top, bottom) in sorted(tries, key=lambda item: (-item[0], -item[1], item[2])):
        gutter = _measure_gutter(grid, area, (dx, dy), (column, top, bottom), window, score)
        if _separates_columns(words, gutter, size):
            return gutter
    return None


def _draw_grid(boxes: Sequence[Box], area: Box, dx: float, dy: float) -> Grid:
    """The cells that the boxes cover, as a (rows, columns) array."""
    rows, columns = int(area.height / dy) + 1, int(area.width / dx) + 1
    grid = np.zeros((rows, columns), dtype=bool)
    for box in boxes:
        top, bottom = int((box.y0 - area.y0) / dy), int((box.y1 - area.y0) / dy)
        # A quarter of the height is left out above and below: boxes of tightly set lines overlap.
        margin = (bottom - top) // 4
        left, right = int((box.x0 - area.x0) / dx), int((box.x1 - area.x0) / dx)
        grid[top + margin : bottom - margin + 1, left : right + 1] = True
    return grid


def _shrink_ocr_boxes(words: Words) -> list[Box]:
    """Boxes that surely hold ink: the ends of lines from OCR are guesses and reach into narrow gutters."""
    ends: dict[int, tuple[float, float]] = {}
    for word in words:
        x0, x1 = ends.get(word.line, (word.box.x0, word.box.x1))
        ends[word.line] = min(x0, word.box.x0), max(x1, word.box.x1)
    cores = []
    for word in words:
        box = word.box
        if word.line >= 0:
            x0, x1 = ends[word.line]
            inset = min(_OCR_END_INSET * word.size, (x1 - x0) / 4)
            x0, x1 = max(box.x0, x0 + inset), min(box.x1, x1 - inset)
            box = Box(min(x0, x1), box.y0, max(x0, x1), box.y1)
        cores.append(box)
    return cores


def _find_white_runs(grid: Grid, window: int) -> list[tuple[int, int, int, float]]:
    """The best run of each distinct gutter, best first: first column of the white window, top and bottom row, score.

    The score is the number of rows with text, on the side that has fewer.
    """
    rows, columns = grid.shape
    if columns <= window + 2:
        return []
    sums = np.zeros((rows, columns + 1), dtype=np.int32)
    np.cumsum(grid, axis=1, out=sums[:, 1:])
    blocked = (sums[:, window:] - sums[:, :-window]) > 0
    on_left = sums[:, : blocked.shape[1]] > 0
    on_right = (sums[:, -1:] - sums[:, window:]) > 0
    score, reached = _score_white_runs(blocked, on_left, on_right)
    chosen = []
    for column in _choose_distinct_columns(score, window):
        stops = np.flatnonzero(blocked[:, column])
        after = int(np.searchsorted(stops, reached[column]))
        top = int(stops[after - 1]) + 1 if after else 0
        bottom = int(stops[after]) if after < len(stops) else rows
        chosen.append((column, top, bottom, float(score[column])))
    return chosen


def _score_white_runs(blocked: Grid, on_left: Grid, on_right: Grid) -> tuple[Counts, Counts]:
    """For each column the score of its best white run, and a row within that run."""
    width = blocked.shape[1]
    score, reached = np.zeros(width, dtype=np.int64), np.zeros(width, dtype=np.int64)
    left, right = np.zeros(width, dtype=np.int64), np.zeros(width, dtype=np.int64)
    for row in range(len(blocked)):
        white = ~blocked[row]
        left = (left + on_left[row]) * white
        right = (right + on_right[row]) * white
        both = np.minimum(left, right)
        better = both > score
        score[better] = both[better]
        reached[better] = row
    return score, reached


def _choose_distinct_columns(score: Counts, window: int) -> list[int]:
    """Columns worth trying, best first: the middle of each stretch of similar score, at most eight."""
    chosen: list[int] = []
    free = np.ones(len(score), dtype=bool)
    while len(chosen) < _MAX_TRIES:
        open_scores = score * free
        best = int(open_scores.argmax())
        if open_scores[best] < 5:
            break
        last = best
        while last + 1 < len(score) and score[last + 1] >= 0.97 * score[best]:
            last += 1
        chosen.append((best + last) // 2)
        free[max(best - window, 0) : last + window + 1] = False
    return chosen


def _measure_gutter(
    grid: Grid, area: Box, cell: tuple[float, float], run: tuple[int, int, int], window: int, score: float
) -> _Gutter:
    """The gutter in points.

    Where a spanning element ends the gutter, text on one side only belongs to that element.
    """
    dx, dy = cell
    column, top, bottom = run
    part = grid[top:bottom]
    on_left = np.logical_or.reduce(part[:, :column], axis=1)
    on_right = np.logical_or.reduce(part[:, column + window :], axis=1)
    if bottom < grid.shape[0]:
        both_end = min(np.flatnonzero(on_left)[-1], np.flatnonzero(on_right)[-1]) + 1
        quiet = ~(on_left | on_right)
        for row in range(both_end, bottom - top - 4):
            if quiet[row : row + 5].all():
                bottom = top + row + 2
                break
    y0 = area.y0 + top * dy if top else area.y0 - 1
    y1 = area.y0 + bottom * dy if bottom < grid.shape[0] else area.y1 + 1
    return _Gutter(area.x0 + column * dx, area.x0 + (column + window) * dx, y0, y1, score)


def _separates_columns(words: Words, gutter: _Gutter, size: float) -> bool:
    """Whether both sides read as running text, not as table cells or as labels and their values."""
    _, left, right, _ = _divide_at_gutter(words, gutter)
    if len(left) == 1 or len(right) == 1:
        # A box several lines high is a table that was found before.
        lone, other = (left, right) if len(left) == 1 else (right, left)
        return lone[0].box.height > 3 * size and len(other) > 12 and _reads_as_text(other, size)
    if len(left) < 6 or len(right) < 6:
        return False
    return _reads_as_text(left, size) and _reads_as_text(right, size)


def _reads_as_text(words: Words, size: float) -> bool:
    counts, chars = _measure_rough_lines(words, size)
    if len(counts) < 3:
        return False
    numeric = sum(1 for word in words if _NUMBER.match(word.text))
    width = max(word.box.x1 for word in words) - min(word.box.x0 for word in words)
    if numeric > 0.5 * len(words) or width < 6 * size:
        return False
    return (median(counts) >= 3 and median(chars) >= 15) or (median(chars) >= 12 and median(counts) <= 2)


def _measure_rough_lines(words: Words, size: float) -> tuple[list[int], list[int]]:
    """Words and characters of each line, with lines separated by height alone."""
    counts: list[int] = []
    chars: list[int] = []
    edge = float("-inf")
    for y, length in sorted(((w.box.y0 + w.box.y1) / 2, len(w.text)) for w in words):
        if y > edge:
            counts.append(0)
            chars.append(-1)
            edge = y + 0.5 * size
        counts[-1] += 1
        chars[-1] += length + 1
    return counts, chars
