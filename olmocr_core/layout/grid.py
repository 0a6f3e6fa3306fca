"""Split rows of words into table cells where no lines are drawn: columns are separated by gaps that most rows share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from olmocr_core.domain.geometry import Ruling, Word
from olmocr_core.layout.html_table import Cell
from olmocr_core.layout.joining import join_text
from olmocr_core.layout.lines import Line, join_words
from olmocr_core.layout.table_rows import group_lines_into_rows

# Tolerance for left edges that count as aligned, in type sizes.
ALIGNED = 0.35
_CURRENCY = re.compile(r"^[($€£¥]{1,2}$|^(?:US|C|A|HK)\$$|^(?:EUR|USD|GBP|Rs\.?)$")
_TRAILER = re.compile(r"^[)%]{1,2}$")
_LEADER = re.compile(r"^[.…·_]{3,}$|^(?:[.·]\s?){3,}$")
_DOTS = frozenset(".…·_")
_YEAR = re.compile(r"^(?:FY)?(?:1[89]|20)\d\d[a-z*]?$")
_NUMERIC = re.compile(
    r"^[\s$€£¥(\[<>≤≥~±+\-–—−]*(?:\d[\d.,'’\s]*\d|\d)?[\s)\]%‰*†‡a-cKMBTx]{0,4}$|^[-–—−]+$|^(?:n/?a|N/?A|nil)\.?$"
)


@dataclass(frozen=True, slots=True)
class Segment:
    """Neighbouring words of a row without a wide gap between them; x0 and x1 are its sides in points."""

    words: tuple[Word, ...]
    x0: float
    x1: float

    @property
    def text(self) -> str:
        """The words as text."""
        return join_words(self.words)


def is_numeric(text: str) -> bool:
    """Whether a cell holds a figure (or a dash that stands for one)."""
    return bool(_NUMERIC.match(text)) and any(ch.isdigit() or ch in "-–—−nN" for ch in text)


def split_row(line: Line, gap: float) -> list[Segment]:
    """Split a line into segments at gaps wider than ``gap`` points and at dot leaders, which are left out."""
    groups: list[list[Word]] = []
    dots = sum(1 for word in line.words if set(word.text) <= _DOTS) >= 4
    cut = True
    edge = 0.0
    for word in sorted(line.words, key=lambda w: w.box.x0):
        if _LEADER.match(word.text) or (dots and set(word.text) <= _DOTS):
            cut, edge = True, max(edge, word.box.x1)
            continue
        if cut or word.box.x0 - edge > _get_min_gap(groups, word, gap):
            groups.append([])
        groups[-1].append(replace(word, text=word.text.strip(".")) if dots and word.text.startswith(".") else word)
        edge, cut = max(edge, word.box.x1), False
    return _attach_signs([Segment(_sort_logically(group, line), *_measure_extent(group)) for group in groups])


def has_segment_at(row: Sequence[Segment], x: float, size: float) -> bool:
    """Whether a segment of the row begins at ``x`` (within ALIGNED), as under a column head."""
    return any(abs(segment.x0 - x) <= ALIGNED * size for segment in row)


def _get_min_gap(groups: list[list[Word]], word: Word, gap: float) -> float:
    # OCR detects the cells of a row one by one; within a line that it saw as one, positions are guesses.
    known = bool(groups) and groups[-1][-1].line == word.line >= 0
    return 2 * gap if known else gap


def _sort_logically(group: list[Word], line: Line) -> tuple[Word, ...]:
    """The words of a segment in the line's logical order."""
    places = {word.box: index for index, word in enumerate(line.words)}
    return tuple(sorted(group, key=lambda word: places[word.box]))


def _measure_extent(group: Sequence[Word]) -> tuple[float, float]:
    # Slanted column heads start over their own column and lean over the next ones.
    slanted = all(word.rotation % 90 for word in group)
    left = min(word.box.x0 for word in group)
    return left, left + group[0].size if slanted else max(word.box.x1 for word in group)


def _attach_signs(segments: list[Segment]) -> list[Segment]:
    """Attach a currency sign to the figure on its right, a percent sign or parenthesis to the one on its left."""
    joined: list[Segment] = []
    for segment in segments:
        last = joined[-1] if joined else None
        if last and (
            (_CURRENCY.match(last.text) and is_numeric(segment.text))
            or (_TRAILER.match(segment.text) and is_numeric(last.text))
        ):
            joined[-1] = Segment(last.words + segment.words, last.x0, segment.x1)
        else:
            joined.append(segment)
    return joined


def find_separators(rows: Sequence[Sequence[Segment]], size: float) -> list[float]:
    """The x of each boundary between columns in points, left to right."""
    segments = [segment for row in rows for segment in row]
    if not segments:
        return []
    left, right = min(s.x0 for s in segments), max(s.x1 for s in segments)
    step = max(size / 10, (right - left) / 4000)
    cells = int((right - left) / step) + 2
    crossed = np.zeros(cells, dtype=np.int64)
    for row in rows:
        for segment in row:
            crossed[int((segment.x0 - left) / step) : int((segment.x1 - left) / step) + 1] += 1
    multi = sum(1 for row in rows if len(row) > 1)
    allowed = max(int(0.34 * len(rows)), 1 if len(rows) >= 4 else 0)
    separators = []
    for start, stop in _find_valleys(crossed, allowed):
        lowest = crossed[start:stop].min()
        best = _find_longest_run(crossed[start:stop] == lowest)
        x = left + (start + (best[0] + best[1]) / 2) * step
        both = sum(1 for row in rows if any(s.x1 <= x for s in row) and any(s.x0 >= x for s in row))
        if (stop - start) * step >= 0.25 * size and both >= max(2, 0.25 * multi):
            separators.append(x)
    return _drop_empty_columns(separators, rows)


def _drop_empty_columns(separators: list[float], rows: Sequence[Sequence[Segment]]) -> list[float]:
    """Separators that have something between them and the previous one in at least two rows."""
    kept: list[float] = []
    for x in separators:
        before = kept[-1] if kept else float("-inf")
        if sum(1 for row in rows if any(before <= s.x0 and s.x1 <= x for s in row)) >= 2:
            kept.append(x)
    return kept


def _find_valleys(crossed: np.ndarray[tuple[int], np.dtype[np.int64]], allowed: int) -> list[tuple[int, int]]:
    low = np.concatenate(([False], crossed <= allowed, [False]))
    edges = np.flatnonzero(low[1:] != low[:-1]).tolist()
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a > 0 and b < len(crossed)]


def _find_longest_run(flags: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> tuple[int, int]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0])))).tolist()
    return max(zip(edges[::2], edges[1::2], strict=True), key=lambda run: (run[1] - run[0], -run[0]))


@dataclass(frozen=True, slots=True)
class _PlacedRow:
    """Text by (first column, last column), and the vertical extent in points."""

    cells: dict[tuple[int, int], str]
    y0: float
    y1: float
    bold: bool


def place_row(segments: Sequence[Segment], separators: Sequence[float], line: Line) -> _PlacedRow:
    """Assign segments to columns; a segment that crosses a separator spans columns."""
    cells: dict[tuple[int, int], str] = {}
    for segment in segments:
        first = sum(1 for x in separators if x <= segment.x0 + 0.5)
        last = max(first, sum(1 for x in separators if x < segment.x1 - 0.5))
        clash = next((span for span in cells if span[0] <= last and first <= span[1]), None)
        if clash is not None:
            text = f"{cells.pop(clash)} {segment.text}"
            cells[(min(clash[0], first), max(clash[1], last))] = text
        else:
            cells[(first, last)] = segment.text
    return _PlacedRow(cells, line.box.y0, line.box.y1, line.bold)


def build_cells(
    lines: Sequence[Line], size: float, rulings: Sequence[Ruling] = (), separators: Sequence[float] | None = None
) -> tuple[list[Cell], float]:
    """The cells of a table with rows ``lines``, and the share of numeric cells right of the first column.

    Rulings inside the table separate header rows from the body. Returns no cells if there are not two columns.
    """
    rows = [split_row(line, 0.8 * size) for line in lines]
    marks = find_separators(rows, size) if separators is None else list(separators)
    if not marks:
        return [], 0.0
    filled = [(row, line) for row, line in zip(rows, lines, strict=True) if row]
    placed, found = _place_in_rows(filled, marks, rulings, size)
    if separators is None and len(found) < len(filled):
        # Repeat with the lines of wrapped rows merged.
        together = [[segment for index in band for segment in filled[index][0]] for band in found]
        placed, found = _place_in_rows(filled, find_separators(together, size) or marks, rulings, size)
    placed = [_merge_lines([placed[index] for index in band]) for band in found]
    if len(found) == len(filled):
        placed = _merge_continued(placed, size)
    heads = _count_header_rows(placed, rulings)
    cells = []
    for index, row in enumerate(placed):
        for (first, last), text in sorted(row.cells.items()):
            cells.append(Cell(text, index, first, colspan=last - first + 1, header=index < heads))
    values = [cell.text for cell in cells if cell.column > 0 and not cell.header]
    figures = sum(1 for text in values if is_numeric(text))
    return _widen_spanning_heads(cells, heads), figures / len(values) if values else 0.0


def _place_in_rows(
    filled: Sequence[tuple[Sequence[Segment], Line]], marks: Sequence[float], rulings: Sequence[Ruling], size: float
) -> tuple[list[_PlacedRow], list[list[int]]]:
    """The cells of each line between these boundaries, and which lines form one row."""
    placed = [place_row(row, marks, line) for row, line in filled]
    return placed, group_lines_into_rows(
        [line for _, line in filled], rulings, size, [_describe_cells(row) for row in placed]
    )


def _describe_cells(row: _PlacedRow) -> list[tuple[int, bool]]:
    return [
        (column, is_numeric(text)) for (first, last), text in row.cells.items() for column in range(first, last + 1)
    ]


def _merge_lines(rows: Sequence[_PlacedRow]) -> _PlacedRow:
    """Merge the lines of one row, cell by cell from top to bottom."""
    if len(rows) == 1:
        return rows[0]
    cells: dict[tuple[int, int], str] = {}
    for row in rows:
        for (first, last), text in row.cells.items():
            met = [span for span in cells if span[0] <= last and first <= span[1]]
            before = " ".join(cells.pop(span) for span in sorted(met))
            whole = (min([first, *(span[0] for span in met)]), max([last, *(span[1] for span in met)]))
            cells[whole] = join_text(before, text)
    return _PlacedRow(cells, min(row.y0 for row in rows), max(row.y1 for row in rows), all(row.bold for row in rows))


def _merge_continued(rows: list[_PlacedRow], size: float) -> list[_PlacedRow]:
    """Merge rows that only continue the text of the cells above them."""
    merged: list[_PlacedRow] = []
    for row in rows:
        last = merged[-1] if merged else None
        if last is None or not _continues_row(last, row, size):
            merged.append(row)
            continue
        cells = dict(last.cells)
        for span, text in row.cells.items():
            cells[span] = join_text(cells.get(span, ""), text)
        merged[-1] = _PlacedRow(cells, last.y0, row.y1, last.bold and row.bold)
    return merged


def _continues_row(last: _PlacedRow, row: _PlacedRow, size: float) -> bool:
    if row.y0 - last.y1 > 0.5 * size or any(is_numeric(text) for text in row.cells.values()):
        return False
    if any(span[0] == 0 for span in row.cells):
        only = len(row.cells) == 1 and (0, 0) in row.cells and (0, 0) in last.cells
        return only and row.cells[(0, 0)][:1].islower() and len(last.cells) <= 1
    return all(span in last.cells and not is_numeric(last.cells[span]) for span in row.cells)


def _count_header_rows(rows: Sequence[_PlacedRow], rulings: Sequence[Ruling]) -> int:
    """The number of header rows at the top."""
    if len(rows) < 2:
        return 0
    body = next((i for i, row in enumerate(rows) if _has_figures(row)), None)
    limit = body if body is not None else 4
    under = [r.box.y0 for r in rulings if r.is_horizontal and rows[0].y1 - 2 <= r.box.y0 <= rows[-1].y0 + 2]
    for y in sorted(under):
        above = sum(1 for row in rows if row.y1 <= y + 3)
        if 1 <= above <= min(max(limit, 1), 4):
            if body is None or above == body or not _has_more_heads(rows, above):
                return above
            break
    if body is None:
        return 1
    while body > 1 and len(rows[body - 1].cells) == 1 and (0, 0) in rows[body - 1].cells:
        body -= 1
    return max(min(body, 4), 1)


def _has_more_heads(rows: Sequence[_PlacedRow], above: int) -> bool:
    """Whether more column heads follow below (a rule under a spanning head)."""
    return len(rows) > above and (0, 0) not in rows[above].cells and not _has_figures(rows[above])


def _has_figures(row: _PlacedRow) -> bool:
    values = [text for span, text in row.cells.items() if span[0] > 0]
    figures = [text for text in values if is_numeric(text) and not _YEAR.match(text)]
    return bool(figures) and 2 * len(figures) >= len(values)


def _widen_spanning_heads(cells: list[Cell], heads: int) -> list[Cell]:
    """Widen heads that are centred over several columns with nothing beside them.

    Only where the row below fills the columns on both sides; a head grows by equally many on each side.
    """
    if heads < 2:
        return cells
    filled: dict[int, set[int]] = {}
    for cell in cells:
        filled.setdefault(cell.row, set()).update(range(cell.column, cell.column + cell.colspan))
    spread = []
    for cell in cells:
        if cell.row < heads - 1 and cell.column > 0:
            cell = _widen_head(cell, filled)
        spread.append(cell)
    return spread


def _widen_head(cell: Cell, filled: dict[int, set[int]]) -> Cell:
    above, below = filled[cell.row], filled.get(cell.row + 1, set())
    first, last = cell.column, cell.column + cell.colspan - 1
    while (
        last + 1 in below and last + 1 not in above and first - 1 in below and first - 1 > 0 and first - 1 not in above
    ):
        first, last = first - 1, last + 1
    above.update(range(first, last + 1))
    return Cell(cell.text, cell.row, first, cell.rowspan, last - first + 1, cell.header)
