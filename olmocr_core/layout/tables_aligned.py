"""Tables without cell borders: aligned rows, found by the rules above and below them or by their figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from olmocr_core.domain.geometry import Box, Ruling, Word
from olmocr_core.layout.blocks import has_list_marker, is_caption
from olmocr_core.layout.grid import Segment, build_cells, find_separators, has_segment_at, split_row
from olmocr_core.layout.html_table import render_html_table
from olmocr_core.layout.lines import Line, bounding_box, group_lines
from olmocr_core.layout.table_rejection import is_from_ocr, looks_accidental, looks_like_equations, looks_like_prose

_MIN_RULE_LENGTH = 8.0


@dataclass(frozen=True, slots=True)
class Table:
    """A recognised table: its box, its words, and its HTML."""

    box: Box
    words: tuple[Word, ...]
    html: str


def find_tables_between_rules(words: Sequence[Word], rulings: Sequence[Ruling], size: float) -> list[Table]:
    """Tables between horizontal rules of equal extent (as in journals), largest first, without overlaps."""
    tables: list[Table] = []
    for area in _find_rule_stacks(rulings, size):
        if any(area.overlap(table.box) > 0 for table in tables):
            continue
        inside = [w for w in words if _is_within(area, w)]
        if len(inside) < 4:
            continue
        heads = _find_heads_above(area, inside, words, size)
        inside, area = inside + heads, bounding_box(heads).union(area) if heads else area
        lines = group_lines(_place_slanted_heads(inside))
        if len(lines) < 2:
            continue
        near = [r for r in rulings if r.is_horizontal and r.box.width > 0.3 * area.width and _is_rule_of(area, r.box)]
        table = _build_table(lines, size, near, strict=False)
        if table is not None and not (is_from_ocr(inside) and looks_accidental(lines, size)):
            tables.append(replace(table, words=tuple(inside)))
    return tables


def _find_heads_above(area: Box, inside: Sequence[Word], words: Sequence[Word], size: float) -> list[Word]:
    """Column heads directly above the first rule: several, each over cells of at least half of the rows."""
    over = Box(area.x0, area.y0 - 2 * size, area.x1, area.y0 - 1)
    lines = group_lines([word for word in words if _is_within(over, word) and word.rotation == 0])
    heads = split_row(lines[-1], size) if lines else []
    if len(heads) < 2 or is_caption(lines[-1].text):
        return []
    rows = [split_row(line, size) for line in group_lines(inside)]
    least = max(2, 0.5 * len(rows))
    fit = all(sum(has_segment_at(row, head.x0, size) for row in rows) >= least for head in heads)
    return list(lines[-1].words) if fit else []


def _place_slanted_heads(words: Sequence[Word]) -> list[Word]:
    """Move slanted column heads to where they begin: at the foot of their column."""
    stood = []
    for word in words:
        if word.rotation % 90:
            box, rising = word.box, word.rotation < 180
            top = box.y1 - word.size if rising else box.y0
            word = replace(word, box=Box(box.x0, top, box.x0 + word.size, top + word.size))
        stood.append(word)
    return stood


def _is_within(area: Box, word: Word) -> bool:
    x, y = word.box.center
    return area.x0 - 3 <= x <= area.x1 + 3 and area.y0 - 1 <= y <= area.y1 + 1


def _is_rule_of(area: Box, box: Box) -> bool:
    return area.x0 - 3 <= box.x0 and box.x1 <= area.x1 + 3 and area.y0 - 3 <= box.y0 <= area.y1 + 3


def _find_rule_stacks(rulings: Sequence[Ruling], size: float) -> list[Box]:
    """Areas from the topmost to the lowest of horizontal rules that share both ends."""
    groups: dict[tuple[int, int], list[Box]] = {}
    for box in _merge_rules(rulings):
        if box.width >= _MIN_RULE_LENGTH * size:
            for key in list(groups):
                if abs(key[0] - box.x0) <= 3 and abs(key[1] - box.x1) <= 3:
                    groups[key].append(box)
                    break
            else:
                groups[(round(box.x0), round(box.x1))] = [box]
    areas = []
    for boxes in groups.values():
        boxes.sort(key=lambda b: b.y0)
        areas.extend(_split_stack(boxes, size))
    return sorted(areas, key=lambda area: -area.height)


def _split_stack(boxes: list[Box], size: float) -> list[Box]:
    """Areas to try within a stack of rules: the whole, and (for several tables) its parts."""
    spans = []
    if boxes[-1].y0 - boxes[0].y0 > 1.5 * size:
        spans.append(Box(boxes[0].x0, boxes[0].y0, boxes[0].x1, boxes[-1].y1))
    for count in (3, 2):
        for first in range(len(boxes) - count + 1):
            top, bottom = boxes[first], boxes[first + count - 1]
            if bottom.y0 - top.y0 > 1.5 * size and len(boxes) <= 60:
                spans.append(Box(top.x0, top.y0, top.x1, bottom.y1))
    return spans


def _merge_rules(rulings: Sequence[Ruling]) -> list[Box]:
    """Horizontal rules with touching pieces joined."""
    merged: list[Box] = []
    for box in sorted((r.box for r in rulings if r.is_horizontal), key=lambda b: (round(b.y0), b.x0)):
        last = merged[-1] if merged else None
        if last is not None and abs(last.y0 - box.y0) <= 1.5 and box.x0 <= last.x1 + 2:
            merged[-1] = last.union(box)
        else:
            merged.append(box)
    return merged


def find_aligned_tables(lines: Sequence[Line], size: float, rulings: Sequence[Ruling]) -> list[tuple[int, int, Table]]:
    """Tables among the lines of one column, top to bottom: (first line, line after the last, table)."""
    gap = 1.0 * size
    rows = [split_row(line, gap) for line in lines]
    found = []
    start = 0
    while start < len(lines):
        if len(rows[start]) < 2:
            start += 1
            continue
        stop = _find_run_end(lines, rows, start, size)
        first = _find_first_head(lines, rows, start, stop, size)
        around = [*lines[max(start - 3, 0) : start], *lines[stop : stop + 3]]
        table = (
            _build_table(lines[first:stop], size, rulings, strict=True, around=around) if stop - start >= 2 else None
        )
        if table is None and first < start:
            first = start
            table = _build_table(lines[first:stop], size, rulings, strict=True, around=around)
        if table is not None:
            found.append((first, stop, table))
        start = max(stop, start + 1)
    return found


def _find_run_end(lines: Sequence[Line], rows: Sequence[list[Segment]], start: int, size: float) -> int:
    """The line after a run of rows with several parts; rows with a single part may stand between."""
    stop, singles = start + 1, 0
    for index in range(start + 1, len(lines)):
        whites = [b.box.y0 - a.box.y1 for a, b in pairwise(lines[start:index])]
        usual = max(median(whites), 0.0) + 1.1 * size if len(whites) >= 2 else 2.2 * size
        if lines[index].box.y0 - lines[index - 1].box.y1 > usual:
            break
        if len(rows[index]) >= 2:
            stop, singles = index + 1, 0
            continue
        singles += 1
        if singles > 2 or _is_long_line(lines[index], lines[start:stop]):
            break
    return stop


def _is_long_line(line: Line, rows: Sequence[Line]) -> bool:
    left, right = min(row.box.x0 for row in rows), max(row.box.x1 for row in rows)
    return line.box.width > 0.6 * (right - left) and len(line.words) > 8


def _find_first_head(lines: Sequence[Line], rows: Sequence[list[Segment]], start: int, stop: int, size: float) -> int:
    """The first line of the column heads above a run: single parts over the right-hand columns."""
    first = start
    marks = find_separators(rows[start:stop], size)
    if not marks:
        return first
    for index in range(start - 1, max(start - 4, -1), -1):
        line = lines[index]
        over_values = line.box.x0 > marks[0] - size and len(line.words) <= 12
        close = lines[index + 1].box.y0 - line.box.y1 < 1.2 * size
        if not (over_values and close):
            break
        first = index
    return first


def _build_table(
    lines: Sequence[Line], size: float, rulings: Sequence[Ruling], *, strict: bool, around: Sequence[Line] = ()
) -> Table | None:
    cells, figures = build_cells(lines, size, rulings)
    if not cells:
        return None
    columns = max(cell.column + cell.colspan for cell in cells)
    rows = max(cell.row for cell in cells) + 1
    if rows < 2 or columns < 2:
        return None
    texts = [cell.text for cell in cells]
    if strict and (
        _is_doubtful(lines, around, texts, size) or not _is_convincing(lines, texts, (rows, columns), figures, size)
    ):
        return None
    filled = sum(cell.colspan for cell in cells) / (rows * columns)
    full = sum(1 for count in Counter(cell.row for cell in cells).values() if count >= 2)
    form = rows > 25 and (figures < 0.2 or full < 0.75 * rows)
    columns_of_text = rows > 12 and figures < 0.2 and median(map(len, texts)) > 24
    prose = form or columns_of_text or full < 0.6 * rows or _reads_as_prose([c.text for c in cells if c.column > 0])
    if not strict and (prose or filled < (0.3 if columns <= 6 else 0.45)):
        return None
    words = tuple(word for line in lines for word in line.words)
    return Table(bounding_box(words), words, render_html_table(cells))


def _is_doubtful(lines: Sequence[Line], around: Sequence[Line], texts: Sequence[str], size: float) -> bool:
    """Whether aligned rows are prose, equations or chance; boxes from OCR need more rows."""
    if looks_like_equations(lines, texts) or looks_like_prose(lines, around, texts, size):
        return True
    return is_from_ocr([word for line in lines for word in line.words]) and looks_accidental(lines, size)


def _reads_as_prose(texts: Sequence[str]) -> bool:
    return bool(texts) and median(len(text) for text in texts) > 60


def _is_convincing(
    lines: Sequence[Line], texts: Sequence[str], shape: tuple[int, int], figures: float, size: float
) -> bool:
    """Whether aligned rows without rules are a table rather than a list, a form or a displayed equation."""
    rows, columns = shape
    filled = len(texts) / (rows * columns)
    items = sum(1 for line in lines if has_list_marker(line.text))
    if filled < 0.4 or items > 0.6 * len(lines) or any(is_caption(line.text) for line in lines):
        return False
    if any(len(text) > 160 for text in texts):
        return False
    if columns == 2:
        return rows >= 3 and filled >= 0.7 and (figures >= 0.6 if rows < 5 else figures >= 0.5)
    if figures >= 0.45:
        return rows >= 2
    short = median(len(text) for text in texts) <= 24
    return rows >= 3 and filled >= 0.65 and short and _are_edges_aligned(lines, size)


def _are_edges_aligned(lines: Sequence[Line], size: float) -> bool:
    """Whether most parts begin or end where a part of another row does."""
    rows = [split_row(line, size) for line in lines]
    starts = [(i, s.x0) for i, row in enumerate(rows) for s in row]
    ends = [(i, s.x1) for i, row in enumerate(rows) for s in row]
    agree = 0
    for (i, x0), (_, x1) in zip(starts, ends, strict=True):
        left = any(j != i and abs(x - x0) < 0.3 * size for j, x in starts)
        right = any(j != i and abs(x - x1) < 0.3 * size for j, x in ends)
        agree += left or right
    return bool(starts) and agree >= 0.75 * len(starts)


def build_region_table(words: Sequence[Word], area: Box, rulings: Sequence[Ruling], size: float) -> Table | None:
    """The table that a layout model saw in ``area``, if its words form columns."""
    inside = [word for word in words if _is_within(area, word)]
    lines = group_lines(inside)
    return _build_table(lines, size, rulings, strict=False) if len(lines) >= 2 else None
