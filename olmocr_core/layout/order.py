"""Reading order: columns are found by the white gutters between them, spanning elements cut the page into bands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
import numpy.typing as npt

from olmocr_core.geometry import Box, Word
from olmocr_core.layout.lines import bounds, group_lines, typical_size

Grid = npt.NDArray[np.bool_]
Words = Sequence[Word]
_MAX_DEPTH = 24
_MAX_CELLS = 1_500_000
_NUMBER = re.compile(r"^[\W_]*\d[\d.,:/%\s()$€£+\-–—*]*[a-zA-Z]?[\W_]*$")


@dataclass(frozen=True, slots=True)
class _Gutter:
    """White space between x0 and x1 that runs from y0 to y1 with text on both sides; points."""

    x0: float
    x1: float
    y0: float
    y1: float
    score: float


def reading_order(words: Words) -> list[list[Word]]:
    """Parts of the page in reading order, each one column wide; every word is in exactly one."""
    parts: list[list[Word]] = []
    _cut(list(words), typical_size(words), parts, 0)
    return parts


def _cut(words: list[Word], size: float, parts: list[list[Word]], depth: int) -> None:
    if not words:
        return
    gutter = _find_gutter(words, size) if len(words) > 7 and depth < _MAX_DEPTH else None
    if gutter is None:
        parts.append(words)
        return
    above, left, right, below = _divide(words, gutter)
    for part in (above, left, right, below):
        _cut(part, size, parts, depth + 1)


def _divide(words: Words, gutter: _Gutter) -> tuple[list[Word], list[Word], list[Word], list[Word]]:
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
    area = bounds(words)
    if area.width < 8 * size or area.height < 2 * size:
        return None
    scale = max(1.0, (area.width * area.height / (size * size / 32) / _MAX_CELLS) ** 0.5)
    dx, dy = size / 8 * scale, size / 4 * scale
    grid = _draw(words, area, dx, dy)
    window = max(2, round(0.8 * size / dx))
    for column, top, bottom, score in _candidates(grid, window):
        gutter = _measure(grid, area, (dx, dy), (column, top, bottom), window, score)
        if gutter is not None and _separates_columns(words, gutter, size):
            return gutter
    return None


def _draw(words: Words, area: Box, dx: float, dy: float) -> Grid:
    """Cells that words cover, as a (rows, columns) array."""
    rows, columns = int(area.height / dy) + 1, int(area.width / dx) + 1
    grid = np.zeros((rows, columns), dtype=bool)
    for word in words:
        box = word.box
        top, bottom = int((box.y0 - area.y0) / dy), int((box.y1 - area.y0) / dy)
        # A quarter of the height is left out above and below: boxes of tight lines overlap.
        margin = (bottom - top) // 4
        left, right = int((box.x0 - area.x0) / dx), int((box.x1 - area.x0) / dx)
        grid[top + margin : bottom - margin + 1, left : right + 1] = True
    return grid


def _candidates(grid: Grid, window: int) -> list[tuple[int, int, int, float]]:
    """Best run of each distinct gutter: first column of the white window, top and bottom row, score; best first."""
    rows, columns = grid.shape
    if columns <= window + 2:
        return []
    sums = np.zeros((rows, columns + 1), dtype=np.int32)
    np.cumsum(grid, axis=1, out=sums[:, 1:])
    blocked = (sums[:, window:] - sums[:, :-window]) > 0
    left = sums[:, : blocked.shape[1]] > 0
    right = (sums[:, -1:] - sums[:, window:]) > 0
    found = []
    for column in range(1, blocked.shape[1] - 1):
        stops = np.flatnonzero(blocked[:, column])
        edges = np.concatenate(([-1], stops, [rows]))
        lengths = np.diff(edges) - 1
        longest = int(lengths.max())
        if longest < 6:
            continue
        on_left = np.concatenate(([0], np.cumsum(left[:, column])))
        on_right = np.concatenate(([0], np.cumsum(right[:, column])))
        tops, bottoms = edges[:-1] + 1, edges[1:]
        both = np.minimum(on_left[bottoms] - on_left[tops], on_right[bottoms] - on_right[tops])
        best = int(both.argmax())
        if both[best] >= 5:
            found.append((column, int(tops[best]), int(bottoms[best]), float(both[best])))
    return _distinct(found, window)


def _distinct(found: list[tuple[int, int, int, float]], window: int) -> list[tuple[int, int, int, float]]:
    """Of neighbouring columns that show the same gutter the middle one of the best, at most eight in all."""
    chosen: list[tuple[int, int, int, float]] = []
    taken: set[int] = set()
    for candidate in sorted(found, key=lambda item: (-item[3], item[0])):
        column, _, _, score = candidate
        if column in taken:
            continue
        same = [item for item in found if item[3] >= 0.97 * score and abs(item[0] - column) < 60 * window]
        run = [item for item in same if all(i in {s[0] for s in same} for i in range(column, item[0] + 1))]
        chosen.append(run[len(run) // 2] if run else candidate)
        taken.update(range(column - window, (run[-1][0] if run else column) + window + 1))
        if len(chosen) == 8:
            break
    return chosen


def _measure(
    grid: Grid, area: Box, cell: tuple[float, float], run: tuple[int, int, int], window: int, score: float
) -> _Gutter | None:
    """The gutter in points; where a spanning element ends it, what stands on one side only goes with that element."""
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
    """Whether both sides read as text of their own, not as the cells of a table or as labels before their values."""
    _, left, right, _ = _divide(words, gutter)
    if len(left) < 6 or len(right) < 6:
        return False
    return _is_texty(left, size) and _is_texty(right, size)


def _is_texty(words: Words, size: float) -> bool:
    lines = group_lines(words)
    if len(lines) < 3:
        return False
    numeric = sum(1 for word in words if _NUMBER.match(word.text))
    counts = [len(line.words) for line in lines]
    chars = [len(line.text) for line in lines]
    width = bounds(words).width
    if numeric > 0.5 * len(words) or width < 6 * size:
        return False
    return (median(counts) >= 3 and median(chars) >= 15) or (median(chars) >= 12 and median(counts) <= 2)
