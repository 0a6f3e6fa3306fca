"""A table as a grid with filled spans: the neighbours of each cell in each direction, and its headings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from olmocr_core.bench.markup_tables import MAX_PLACES, Cell, Table

Direction = Literal["up", "down", "left", "right"]
Position = tuple[int, int]
_STEPS: dict[Direction, Position] = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}


class Grid:
    """Cells by the position of their upper left corner; every position that a cell spans refers to it.

    Spans end at the last row. Raises ValueError for spans over more positions than any page has.
    """

    def __init__(self, table: Table) -> None:
        self.cells: dict[Position, Cell] = {}
        self._owner: dict[Position, Position] = {}
        self._rows = len(table.rows)
        for row, cells in enumerate(table.rows):
            column = 0
            for cell in cells:
                while (row, column) in self._owner:
                    column += 1
                self._put(cell, (row, column))
                column += max(cell.colspan or 1, 1)
        self._height = max((row for row, _ in self._owner), default=-1) + 1
        self._width = max((column for _, column in self._owner), default=-1) + 1

    def _put(self, cell: Cell, at: Position) -> None:
        self.cells[at] = cell
        rowspan = min(max(cell.rowspan or 1, 1), self._rows - at[0])
        if len(self._owner) + rowspan * max(cell.colspan or 1, 1) > MAX_PLACES:
            raise ValueError(f"the table's cells span more than {MAX_PLACES} positions")
        for row in range(at[0], at[0] + rowspan):
            for column in range(at[1], at[1] + max(cell.colspan or 1, 1)):
                self._owner.setdefault((row, column), at)

    def find_neighbours(self, at: Position, direction: Direction) -> set[Position]:
        """Find the nearest cells in a direction, one for each row or column that the cell spans."""
        cell = self.cells[at]
        rows, columns = min(max(cell.rowspan or 1, 1), self._rows - at[0]), max(cell.colspan or 1, 1)
        if direction in ("left", "right"):
            start = at[1] + (columns if direction == "right" else -1)
            edge: Iterable[Position] = ((row, start) for row in range(at[0], at[0] + rows))
        else:
            start = at[0] + (rows if direction == "down" else -1)
            edge = ((start, column) for column in range(at[1], at[1] + columns))
        found = (self._first(place, direction, at) for place in edge)
        return {place for place in found if place is not None}

    def _first(self, place: Position, direction: Direction, own: Position) -> Position | None:
        row, column = place
        while 0 <= row < self._height and 0 <= column < self._width:
            owner = self._owner.get((row, column))
            if owner is not None and owner != own:
                return owner
            row, column = row + _STEPS[direction][0], column + _STEPS[direction][1]
        return None

    def find_headings(self, at: Position, direction: Literal["up", "left"]) -> set[Position]:
        """Find all heading cells in a direction; if there are none, the outermost cells."""
        passed = set(self._walk(at, direction)) - {at}
        heads = {place for place in passed if self.cells[place].heading}
        return heads or {place for place in passed if not self.find_neighbours(place, direction)}

    def _walk(self, at: Position, direction: Direction) -> Iterator[Position]:
        seen, ahead = {at}, [at]
        while ahead:
            place = ahead.pop()
            yield place
            new = self.find_neighbours(place, direction) - seen
            seen |= new
            ahead.extend(new)
