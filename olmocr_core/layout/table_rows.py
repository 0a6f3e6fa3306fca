"""Find which lines of a table form one row: wrapped cells, recognised by rules or larger gaps between rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from olmocr_core.domain.geometry import Ruling
from olmocr_core.layout.lines import Line

# Minimum difference between the two kinds of gaps, in type sizes; a line's box is not its ink.
_MIN_GAP_STEP = 0.22
_MIN_RULE_COVER = 0.8
_MIN_WRAPPED_SHARE = 0.8
_MAX_LINES_PER_ROW = 12
# For each line, for each of its cells: the column, and whether the cell holds a figure.
CellPlaces = Sequence[Sequence[tuple[int, bool]]]


def group_lines_into_rows(
    lines: Sequence[Line], rulings: Sequence[Ruling], size: float, places: CellPlaces
) -> list[list[int]]:
    """Group the indices of ``lines`` (top to bottom) into rows; each line alone unless cells are wrapped.

    ``places`` lists for each line the columns of its cells and whether they hold figures.
    """
    for cut in (find_ruled_lines(lines, rulings), _find_wide_gaps(lines, size)):
        found = _split_at(len(lines), cut)
        if cut and len(found) >= 3 and _are_wrapped(found, places):
            return found
    return [[index] for index in range(len(lines))]


def _split_at(count: int, cut: set[int]) -> list[list[int]]:
    found: list[list[int]] = []
    for index in range(count):
        if not found or index in cut:
            found.append([])
        found[-1].append(index)
    return found


def find_ruled_lines(lines: Sequence[Line], rulings: Sequence[Ruling]) -> set[int]:
    """Lines with a rule across the whole table directly above, drawn in one piece or cell by cell."""
    left, right = min(line.box.x0 for line in lines), max(line.box.x1 for line in lines)
    flat = sorted((r.box for r in rulings if r.is_horizontal), key=lambda box: box.y0)
    cut: set[int] = set()
    for index, (one, other) in enumerate(pairwise(lines), start=1):
        low, high = one.box.center[1], other.box.center[1]
        inside = [box for box in flat if low < box.center[1] < high]
        drawn = sum(max(0.0, min(box.x1, right) - max(box.x0, left)) for box in inside)
        if drawn >= _MIN_RULE_COVER * (right - left):
            cut.add(index)
    return cut


def _find_wide_gaps(lines: Sequence[Line], size: float) -> set[int]:
    """Lines with a clearly larger gap above than others; none if all gaps are similar."""
    whites, bottom = [], lines[0].box.y1
    for line in lines[1:]:
        whites.append(line.box.y0 - bottom)
        bottom = max(bottom, line.box.y1)
    ordered = sorted(whites)
    step, middle = max(((b - a, (a + b) / 2) for a, b in pairwise(ordered)), default=(0.0, 0.0))
    if step < _MIN_GAP_STEP * size or middle > 2.5 * size:
        return set()
    return {index for index, white in enumerate(whites, start=1) if white > middle}


def _are_wrapped(found: Sequence[Sequence[int]], places: CellPlaces) -> bool:
    """Whether the lines of most groups form one row: no column holds two figures, and at most one line is full."""
    several = [band for band in found if len(band) > 1]
    if not several or max(map(len, several)) > _MAX_LINES_PER_ROW:
        return False
    widest = max(len({column for column, _ in line}) for line in places)
    whole = sum(_is_one_row([places[index] for index in band], widest) for band in several)
    return whole >= _MIN_WRAPPED_SHARE * len(several)


def _is_one_row(band: CellPlaces, widest: int) -> bool:
    figures = Counter(column for line in band for column, figure in line if figure)
    full = sum(len({column for column, _ in line}) == widest for line in band)
    return full <= 1 and all(count < 2 for column, count in figures.items() if column > 0)
