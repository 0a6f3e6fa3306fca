"""A table as the published scorer sees it: an array of texts, in which a wide cell takes one position.

It makes scores comparable with published ones. Cells after a wide cell are shifted, and a heading applies to every column
to its right; `grid` has the table as people see it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from olmocr_core.bench.markup_tables import MAX_PLACES, Cell, Table


@dataclass(slots=True)
class FlatTable:
    """``rows`` have equal length; headings by column and by row are sets of texts."""

    rows: list[list[str]] = field(default_factory=list)
    header_rows: set[int] = field(default_factory=set)
    header_columns: set[int] = field(default_factory=set)
    of_column: defaultdict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    of_row: defaultdict[int, set[str]] = field(default_factory=lambda: defaultdict(set))


def flatten(table: Table) -> FlatTable:
    """Flatten a table. Raises ValueError for spans that the published scorer cannot read, such as words."""
    try:
        flat = _from_markdown(table) if table.markdown else _Filling(table).flat
    except IndexError as error:
        raise ValueError("a negative span puts a heading before the first column") from error
    width = max(map(len, flat.rows), default=0)
    flat.rows = [row + [""] * (width - len(row)) for row in flat.rows]
    return flat


def _from_markdown(table: Table) -> FlatTable:
    flat = FlatTable([[cell.text for cell in row] for row in table.rows], {0}, {0})
    width = max(map(len, flat.rows))
    first = flat.rows[0] + [""] * (width - len(flat.rows[0]))
    for column, text in enumerate(first):
        flat.of_column[column].add(text)
    for row, cells in enumerate(flat.rows[1:], start=1):
        flat.of_row[row].add(cells[0] if cells else "")
    return flat


class _Filling:
    """One pass over the cells of an HTML table; then each heading is added to its rows and columns."""

    def __init__(self, table: Table) -> None:
        self.flat = FlatTable(header_rows=set(table.headed))
        self._height = len(table.rows)
        self._positions_left = MAX_PLACES
        self._taken: dict[tuple[int, int], str] = {}
        self._wide: defaultdict[str, set[int]] = defaultdict(set)
        self._tall: defaultdict[str, set[int]] = defaultdict(set)
        for row, cells in enumerate(table.rows):
            self._add_row(row, cells)
        self._spread_columns()
        self._spread_rows()

    def _add_row(self, row: int, cells: tuple[Cell, ...]) -> None:
        if any(cell.heading for cell in cells):
            self.flat.header_rows.add(row)
        texts: list[str] = []
        column = 0
        for cell in cells:
            while (row, column) in self._taken:
                texts.append(self._taken[row, column])
                column += 1
            texts.append(cell.text)
            if cell.rowspan is None or cell.colspan is None:
                raise ValueError(f"the cell {cell.text[:40]!r} has a span that is not a number")
            self._take(cell, row, column, cell.rowspan, cell.colspan)
            column += cell.colspan
        self.flat.rows.append(texts)

    def _take(self, cell: Cell, row: int, column: int, rowspan: int, colspan: int) -> None:
        # Positions below the last row are never used.
        rowspan = min(rowspan, self._height - row)
        self._use(max(rowspan, 0) * max(colspan, 0))
        for down in range(rowspan):
            for right in range(colspan):
                if down or right:
                    self._taken[row + down, column + right] = "" if right else cell.text
        below = [row + down for down in range(1, rowspan) if row + down < self._height]
        if cell.heading:
            self.flat.header_columns.update(range(column, column + colspan))
            self.flat.header_rows.update(below)
            for under in range(column, column + colspan):
                self.flat.of_column[under].add(cell.text)
            if cell.text and colspan > 1:
                self._wide[cell.text].update(range(column, column + colspan))
            if cell.text and rowspan > 1:
                self._tall[cell.text].update(range(row, row + rowspan))
        elif column in self.flat.header_columns:
            for beside in below:
                self.flat.of_row[beside].add(cell.text)

    def _use(self, positions: int) -> None:
        self._positions_left -= positions
        if self._positions_left < 0:
            raise ValueError(f"the table's cells span more than {MAX_PLACES} positions")

    def _spread_columns(self) -> None:
        for text, columns in self._wide.items():
            for row, cells in enumerate(self.flat.rows):
                if row not in self.flat.header_rows:
                    for column in range(min(columns), len(cells)):
                        self.flat.of_column[column].add(text)

    def _spread_rows(self) -> None:
        for text, rows in self._tall.items():
            for row in rows:
                if row < len(self.flat.rows):
                    self.flat.of_row[row].add(text)
        for row, cells in enumerate(self.flat.rows):
            for column in self.flat.header_columns:
                if column < len(cells) and cells[column].strip():
                    self.flat.of_row[row].add(cells[column])
