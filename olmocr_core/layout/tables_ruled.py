"""Tables with drawn cells: rulings form a grid, missing borders form spans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from olmocr_core.domain.geometry import Box, Ruling, Word
from olmocr_core.layout.grid import split_row
from olmocr_core.layout.html_table import Cell, render_html_table
from olmocr_core.layout.joining import join_text
from olmocr_core.layout.lines import bounding_box, group_lines
from olmocr_core.layout.tables_aligned import Table

_SNAP_DISTANCE = 2.5
_JOIN_DISTANCE = 3.5
_MAX_RULINGS = 4000


@dataclass(frozen=True, slots=True)
class _Edge:
    """A straight line at ``at`` on one axis, from ``start`` to ``stop`` on the other; points."""

    at: float
    start: float
    stop: float


@dataclass(frozen=True, slots=True)
class _Grid:
    """Boundaries of columns and rows, and for each unit cell the number of the merged cell that it belongs to."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    owner: tuple[tuple[int, ...], ...]


def find_ruled_tables(words: Sequence[Word], rulings: Sequence[Ruling], size: float) -> list[Table]:
    """Tables with drawn cells, top to bottom; frames with a single cell or column remain running text."""
    if len(rulings) > _MAX_RULINGS:
        return []
    horizontal = _merge_edges(
        [_Edge((r.box.y0 + r.box.y1) / 2, r.box.x0, r.box.x1) for r in rulings if r.is_horizontal]
    )
    vertical = _merge_edges(
        [_Edge((r.box.x0 + r.box.x1) / 2, r.box.y0, r.box.y1) for r in rulings if not r.is_horizontal]
    )
    tables: list[Table] = []
    for rows, columns in _find_connected_edges(horizontal, vertical):
        grid = _build_grid(rows, columns)
        table = _fill_grid(grid, words, size) if grid else None
        if table is not None and not any(table.box.overlap(other.box) > 0 for other in tables):
            tables.append(table)
    return sorted(tables, key=lambda table: table.box.y0)


def _merge_edges(edges: list[_Edge]) -> list[_Edge]:
    """Merge collinear pieces that touch."""
    merged: list[_Edge] = []
    for group in _cluster_edges(edges):
        at = sum(edge.at for edge in group) / len(group)
        start, stop = group[0].start, group[0].stop
        for edge in sorted(group, key=lambda e: e.start):
            if edge.start > stop + _JOIN_DISTANCE:
                merged.append(_Edge(at, start, stop))
                start, stop = edge.start, edge.stop
            stop = max(stop, edge.stop)
            start = min(start, edge.start)
        merged.append(_Edge(at, start, stop))
    return merged


def _cluster_edges(edges: list[_Edge]) -> list[list[_Edge]]:
    groups: list[list[_Edge]] = []
    for edge in sorted(edges, key=lambda e: (e.at, e.start)):
        if groups and edge.at - groups[-1][0].at <= _SNAP_DISTANCE:
            groups[-1].append(edge)
        else:
            groups.append([edge])
    return [sorted(group, key=lambda e: e.start) for group in groups]


def _find_connected_edges(horizontal: list[_Edge], vertical: list[_Edge]) -> list[tuple[list[_Edge], list[_Edge]]]:
    """Group lines that cross or touch; each group as (horizontal, vertical)."""
    parent = list(range(len(horizontal) + len(vertical)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, h in enumerate(horizontal):
        for j, v in enumerate(vertical):
            if (
                h.start - _JOIN_DISTANCE <= v.at <= h.stop + _JOIN_DISTANCE
                and v.start - _JOIN_DISTANCE <= h.at <= v.stop + _JOIN_DISTANCE
            ):
                parent[root(i)] = root(len(horizontal) + j)
    groups: dict[int, tuple[list[_Edge], list[_Edge]]] = defaultdict(lambda: ([], []))
    for i, h in enumerate(horizontal):
        groups[root(i)][0].append(h)
    for j, v in enumerate(vertical):
        groups[root(len(horizontal) + j)][1].append(v)
    return [group for group in groups.values() if len(group[0]) >= 2 and group[1]]


def _find_positions(edges: list[_Edge], low: float, high: float) -> list[float]:
    """Distinct positions on the axis, including the outer sides where the other axis's lines reach further."""
    found: list[float] = []
    for at in sorted([edge.at for edge in edges] + [low, high]):
        if not found or at - found[-1] > 2 * _SNAP_DISTANCE:
            found.append(at)
    return found


def _build_grid(rows: list[_Edge], columns: list[_Edge]) -> _Grid | None:
    xs = _find_positions(columns, min(e.start for e in rows), max(e.stop for e in rows))
    ys = _find_positions(rows, min(e.start for e in columns), max(e.stop for e in columns))
    wide, high = len(xs) - 1, len(ys) - 1
    if wide < 2 or high < 1 or wide * high > 20_000 or (wide, high) == (2, 1):
        return None
    owner = [[row * wide + column for column in range(wide)] for row in range(high)]
    parent = list(range(wide * high))

    def root(i: int) -> int:
        while parent[i] != i:
            i = parent[i]
        return i

    for row in range(high):
        for column in range(wide):
            if column + 1 < wide and not _is_covered(columns, xs[column + 1], ys[row], ys[row + 1]):
                _unite(parent, root(owner[row][column]), root(owner[row][column + 1]))
            if row + 1 < high and not _is_covered(rows, ys[row + 1], xs[column], xs[column + 1]):
                _unite(parent, root(owner[row][column]), root(owner[row + 1][column]))
    final = tuple(tuple(root(owner[row][column]) for column in range(wide)) for row in range(high))
    return _Grid(tuple(xs), tuple(ys), final)


def _unite(parent: list[int], first: int, second: int) -> None:
    parent[max(first, second)] = min(first, second)


def _is_covered(edges: list[_Edge], at: float, start: float, stop: float) -> bool:
    """Whether lines at this position cover at least 60% of the way."""
    drawn = sum(
        max(0.0, min(edge.stop, stop) - max(edge.start, start))
        for edge in edges
        if abs(edge.at - at) <= 2 * _SNAP_DISTANCE
    )
    return drawn >= 0.6 * (stop - start)


def _find_spans(grid: _Grid) -> dict[int, tuple[int, int, int, int]] | None:
    """First row, first column, row after, column after of each merged cell; None if one is not a rectangle."""
    spans: dict[int, list[int]] = {}
    counts: dict[int, int] = defaultdict(int)
    for row, owners in enumerate(grid.owner):
        for column, owner in enumerate(owners):
            counts[owner] += 1
            span = spans.setdefault(owner, [row, column, row + 1, column + 1])
            span[0], span[1] = min(span[0], row), min(span[1], column)
            span[2], span[3] = max(span[2], row + 1), max(span[3], column + 1)
    if any((s[2] - s[0]) * (s[3] - s[1]) != counts[owner] for owner, s in spans.items()):
        return None
    return {owner: (s[0], s[1], s[2], s[3]) for owner, s in spans.items()}


def _fill_grid(grid: _Grid, words: Sequence[Word], size: float) -> Table | None:
    spans = _find_spans(grid)
    if spans is None:
        return None
    area = Box(grid.xs[0], grid.ys[0], grid.xs[-1], grid.ys[-1])
    held: dict[int, list[Word]] = defaultdict(list)
    for word in words:
        x, y = word.box.center
        if area.x0 <= x <= area.x1 and area.y0 <= y <= area.y1:
            held[_find_cell(grid, x, y)].append(word)
    if len(held) < 3 or _is_too_coarse(list(held.values()), size):
        return None
    texts = {owner: _join_cell_text(found) for owner, found in held.items()}
    cells = _trim_cells(spans, texts)
    inside = tuple(word for found in held.values() for word in found)
    columns = max(cell.column + cell.colspan for cell in cells)
    if columns < 2 or max(cell.row for cell in cells) < 1:
        return None
    return Table(area.union(bounding_box(inside)), inside, render_html_table(cells))


def _find_cell(grid: _Grid, x: float, y: float) -> int:
    column = max(sum(1 for edge in grid.xs[1:-1] if edge <= x), 0)
    row = max(sum(1 for edge in grid.ys[1:-1] if edge <= y), 0)
    return grid.owner[row][column]


def _is_too_coarse(cells: list[list[Word]], size: float) -> bool:
    """Whether the drawn lines miss most columns: several cells hold rows with wide gaps, or running text."""
    gappy = total = 0
    for words in cells:
        rows = [split_row(line, 1.5 * size) for line in group_lines(words)]
        total += 1
        gappy += sum(1 for row in rows if len(row) >= 3) >= 1 or sum(1 for row in rows if len(row) == 2) >= 3
    longest = max(len(words) for words in cells)
    return gappy > 0.25 * total or (longest > 120 and longest > 0.6 * sum(map(len, cells)))


def _join_cell_text(words: Sequence[Word]) -> str:
    text = ""
    for line in group_lines(words):
        text = join_text(text, line.text)
    return text


def _trim_cells(spans: dict[int, tuple[int, int, int, int]], texts: dict[int, str]) -> list[Cell]:
    """The cells without empty rows and columns; the first row is the head."""
    used_rows = sorted({spans[owner][0] for owner in texts})
    used_columns = sorted({spans[owner][1] for owner in texts})
    cells = []
    for owner, (top, left, bottom, right) in spans.items():
        rows = [i for i, row in enumerate(used_rows) if top <= row < bottom]
        columns = [i for i, column in enumerate(used_columns) if left <= column < right]
        if not rows or not columns:
            continue
        text = texts.get(owner, "")
        cells.append(Cell(text, rows[0], columns[0], len(rows), len(columns)))
    return _mark_header_rows(sorted(cells, key=lambda cell: (cell.row, cell.column)), len(used_columns))


def _mark_header_rows(cells: list[Cell], columns: int) -> list[Cell]:
    """Mark the first row as head, and the second too below a title as wide as the table."""
    heads = 2 if cells and cells[0].colspan == columns > 1 and max(cell.row for cell in cells) > 1 else 1
    return [replace(cell, header=cell.row < heads) for cell in cells]
