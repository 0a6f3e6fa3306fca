"""Tables of labels and descriptions without lines: short labels below each other, often wrapped text beside each.

Two columns of text look similar: lines side by side. A table differs in that its labels are short, that each begins a
row, and that it has column heads or more than two columns.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from olmocr_core.domain.geometry import Ruling, Word
from olmocr_core.layout.blocks import has_list_marker, is_caption
from olmocr_core.layout.grid import ALIGNED, Segment, build_cells, has_segment_at, is_numeric, split_row
from olmocr_core.layout.html_table import Cell, render_html_table
from olmocr_core.layout.lines import Line, bounding_box, group_lines
from olmocr_core.layout.table_rejection import is_from_ocr, looks_like_equations
from olmocr_core.layout.table_rows import find_ruled_lines
from olmocr_core.layout.tables_aligned import Table

_MIN_ROWS = 4
# Maximum gap between rows, in type sizes.
_MAX_ROW_GAP = 2.2
# Start lines to try for one end line: the first lines may be something else, above a table.
_MAX_TRIES = 3
_CONTEXT_LINES = 4
_MIN_FILLED_SHARE = 0.7
_MIN_LENGTH_RATIO, _MIN_DISTINCT_SHARE = 1.5, 0.7
_LABEL_CHARS, _LABEL_WORDS, _DESCRIPTION_WORDS = 30, 3, 3
# Share of lines that leave the middle free on a page with two columns.
_MIN_PARTED_SHARE = 0.8
_WORD = re.compile(r"[^\W\d_]{2,}")
_INDEXED = re.compile(r",\s*\d+(?:[-–]\d+)?$")
_MARKER = re.compile(r"^[\[(]?[\w.]{1,4}[\]).]$|^[\W_]{1,3}$")


@dataclass(frozen=True, slots=True)
class _ListedRows:
    """Neighbouring lines with their segments; ``full`` are those with a label and something in the last column.

    ``around`` are the segments of the lines above and below; ``near`` is the tolerance for cells that begin at ``left``
    and ``last``.
    """

    lines: tuple[Line, ...]
    rows: tuple[tuple[Segment, ...], ...]
    full: tuple[int, ...]
    left: float
    last: float
    near: float
    around: tuple[tuple[Segment, ...], ...]

    @property
    def labels(self) -> list[str]:
        return [self.rows[index][0].text for index in self.full]

    @property
    def descriptions(self) -> list[str]:
        return [" ".join(part.text for part in self.get_last_column(index)) for index in self.full]

    def get_last_column(self, index: int) -> list[Segment]:
        """The segments of a line in the last column."""
        return [part for part in self.rows[index] if part.x0 >= self.last - self.near]


def find_listed_tables(words: Sequence[Word], rulings: Sequence[Ruling], size: float) -> list[Table]:
    """Tables whose last column holds text, top to bottom; never among words from OCR."""
    if is_from_ocr(words):
        return []
    lines = group_lines([word for word in words if word.rotation == 0])
    whole = _find_tables(lines, rulings, size)
    taken = {id(word) for table in whole for word in table.words}
    halves = _split_columns([line for line in lines if id(line.words[0]) not in taken])
    return whole + [table for half in halves for table in _find_tables(half, rulings, size)]


def _split_columns(lines: Sequence[Line]) -> tuple[list[Line], ...]:
    """The lines of each column of a two-column page; nothing if lines cross the middle."""
    if len(lines) < 2 * _MIN_ROWS:
        return ()
    middle = bounding_box(word for line in lines for word in line.words).center[0]
    parted = sum(1 for line in lines if not any(word.box.x0 < middle < word.box.x1 for word in line.words))
    if parted < _MIN_PARTED_SHARE * len(lines):
        return ()
    left = [tuple(word for word in line.words if word.box.x1 <= middle) for line in lines]
    right = [tuple(word for word in line.words if word.box.x0 >= middle) for line in lines]
    return [Line(words) for words in left if words], [Line(words) for words in right if words]


def _find_tables(lines: Sequence[Line], rulings: Sequence[Ruling], size: float) -> list[Table]:
    rows = [tuple(split_row(line, size)) for line in lines]
    tables = []
    start = 0
    tried: Counter[int] = Counter()
    while start < len(lines):
        run = _collect_rows(lines, rows, start, size)
        table = _build_table(run, rulings, size) if run else None
        stop = start + len(run.lines) if run else start + 1
        tried[stop] += 1
        if table is not None:
            tables.append(table)
        start = stop if table is not None or tried[stop] >= _MAX_TRIES else start + 1
    return tables


def _collect_rows(
    lines: Sequence[Line], rows: Sequence[tuple[Segment, ...]], start: int, size: float
) -> _ListedRows | None:
    if len(rows[start]) < 2:
        return None
    left, last, near = rows[start][0].x0, rows[start][-1].x0, ALIGNED * size
    full, stop, alone = [start], start + 1, 0
    bottom = lines[start].box.y1
    for index in range(start + 1, len(lines)):
        kind = _classify_line(rows[index], left, last, size)
        if kind is None or lines[index].box.y0 - bottom > _MAX_ROW_GAP * size:
            break
        alone = alone + 1 if kind == "label" else 0
        if alone > 2:
            break
        if kind == "full":
            full.append(index)
        if kind != "label":
            stop = index + 1
        bottom = max(bottom, lines[index].box.y1)
    if len(full) < _MIN_ROWS:
        return None
    around = (*rows[max(start - _CONTEXT_LINES, 0) : start], *rows[stop : stop + _CONTEXT_LINES])
    full = [index - start for index in full]
    return _ListedRows(tuple(lines[start:stop]), tuple(rows[start:stop]), tuple(full), left, last, near, around)


def _classify_line(row: Sequence[Segment], left: float, last: float, size: float) -> str | None:
    """A line's role in a table with these first and last columns.

    ``full``: a row; ``more``: a continuation of one; ``label``: a label alone; None: not part of the table.
    """
    near = ALIGNED * size
    if not row:  # only dots
        return None
    if any(segment.x0 < last - near and segment.x1 > last - near for segment in row) or row[0].x0 < left - near:
        return None
    labelled = abs(row[0].x0 - left) <= near
    if labelled and has_segment_at(row, last, size):
        return "full"
    if labelled:
        return "label" if len(row) == 1 and len(row[0].text) <= 2 * _LABEL_CHARS else None
    return "more" if row[0].x0 > left + near else None


def _build_table(run: _ListedRows, rulings: Sequence[Ruling], size: float) -> Table | None:
    if not _is_convincing(run, size):
        return None
    cells, _ = build_cells(run.lines, size, rulings)
    if not _is_evenly_filled(cells) or looks_like_equations(run.lines, [cell.text for cell in cells]):
        return None
    last = max(cell.column for cell in cells)
    ends = [cell.text for cell in cells if cell.column == last]
    if 2 * sum(map(is_numeric, ends)) > len(ends):  # a table of figures, or a table of contents
        return None
    if last == 1 and not (_has_heads(run, rulings) and _describes_labels(run)):
        return None
    words = tuple(word for line in run.lines for word in line.words)
    return Table(bounding_box(words), words, render_html_table(cells))


def _is_convincing(run: _ListedRows, size: float) -> bool:
    """Whether these are labels and descriptions, not two columns of text, a list, a form or program code."""
    labels, descriptions = run.labels, run.descriptions
    texts = (*descriptions, *(line.text for line in run.lines))
    if any(map(is_caption, texts)) or 2 * sum(line.mono for line in run.lines) > len(run.lines):
        return False
    if median(len(_WORD.findall(text)) for text in descriptions) < _DESCRIPTION_WORDS:
        return False
    marked = sum(1 for text in labels if has_list_marker(text) or _MARKER.match(text))
    asked = sum(1 for text in labels if text.endswith(":"))
    indexed = sum(1 for text in labels if _INDEXED.search(text))
    if 3 * max(marked, asked, indexed) > len(labels) or len(set(labels)) < _MIN_DISTINCT_SHARE * len(labels):
        return False
    return _are_short(labels) and not (_is_running_text(run) or _continues_outside(run, size) or _flows_on(run, size))


def _are_short(labels: Sequence[str]) -> bool:
    lengths = [len(text) for text in labels]
    words = median(len(text.split()) for text in labels)
    return max(lengths) <= 2 * _LABEL_CHARS and median(lengths) <= _LABEL_CHARS and words <= _LABEL_WORDS


def _flows_on(run: _ListedRows, size: float) -> bool:
    """Whether the last column is running text: half of its cells end at the right edge, as lines of text do."""
    parts = [run.get_last_column(index) for index in range(len(run.rows))]
    edge = max(part.x1 for row in parts for part in row)
    ends = []
    for first, after in pairwise((*run.full, len(run.rows))):
        end = next(row for row in reversed(parts[first:after]) if row)
        words = sum(len(part.words) for part in end)
        ends.append(words > _DESCRIPTION_WORDS and edge - end[-1].x1 < 1.5 * size)
    return 2 * sum(ends[:-1]) >= len(ends) - 1


def _is_evenly_filled(cells: Sequence[Cell]) -> bool:
    """Whether there are at least two columns, each filled in most rows."""
    rows = len({cell.row for cell in cells})
    filled = Counter(column for cell in cells for column in range(cell.column, cell.column + cell.colspan))
    return rows >= _MIN_ROWS and len(filled) > 1 and min(filled.values()) >= _MIN_FILLED_SHARE * rows


def _continues_outside(run: _ListedRows, size: float) -> bool:
    """Whether the last column is a column of the page: lines above or below begin there too."""
    return sum(has_segment_at(row, run.last, size) for row in run.around) >= 2


def _is_running_text(run: _ListedRows) -> bool:
    """Whether the labels are the lines of a narrow column: they fill it, or continue sentences."""
    firsts = [run.rows[index][0] for index in run.full]
    widest = max(1.0, *(part.x1 - run.left for part in firsts))
    filled = median((part.x1 - run.left) / widest for part in firsts)
    small = sum(1 for part in firsts if part.text[:1].islower() and len(part.words) > 1)
    several = median(len(part.text.split()) for part in firsts) >= _LABEL_WORDS
    return several and (filled > 0.85 or 2 * small > len(firsts))


def _describes_labels(run: _ListedRows) -> bool:
    """Whether the second column describes the first: it is longer, and the first does not hold line numbers."""
    numbers = sum(map(is_numeric, run.labels))
    longer = median(map(len, run.descriptions)) >= _MIN_LENGTH_RATIO * median(map(len, run.labels))
    return longer and 3 * numbers <= len(run.labels)


def _has_heads(run: _ListedRows, rulings: Sequence[Ruling]) -> bool:
    """Whether the first line is set apart as column heads (bold, or with a rule below), or rules separate all rows."""
    head, rest = run.lines[0], run.lines[1:]
    if head.bold and 3 * sum(all(word.bold for word in line.words) for line in rest) < len(rest):
        return True
    under = find_ruled_lines(run.lines, rulings)
    return 1 in under and (4 * (len(under) - 1) < len(rest) or 2 * (len(under) - 1) > len(run.full))
