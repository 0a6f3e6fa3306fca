"""Find the HTML and pipe tables of a Markdown text as cells on a grid, and the relations between cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

from rapidfuzz import fuzz

from scripts.quality.normalise import normalise, strip_markdown

_PIPE_ROW = re.compile(r"^\s*\|.*\|\s*$")
_PIPE_RULE = re.compile(r"^\s*\|(?:\s*:?-+:?\s*\|)+\s*$")
_SPLIT = re.compile(r"(?<!\\)\|")
_MOST_SPAN = 100


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell on the grid; ``row`` and ``column`` of its top left corner start at 0."""

    text: str
    row: int
    column: int
    rows: int = 1
    columns: int = 1
    heading: bool = False


Table = tuple[Cell, ...]


def find_tables(markdown: str) -> tuple[Table, ...]:
    """Find all tables of a text; nested ones are separate tables."""
    parser = _TableParser()
    parser.feed(markdown)
    parser.close()
    return (*parser.tables, *_pipe_tables(markdown))


def join_rows(tables: tuple[Table, ...]) -> list[str]:
    """Join each row of each table to one line; a cell that spans rows occurs in each of them."""
    lines = []
    for table in tables:
        for row in range(max((cell.row + cell.rows for cell in table), default=0)):
            lines.append(" ".join(cell.text for cell in table if cell.row <= row < cell.row + cell.rows))
    return lines


class _TableParser(HTMLParser):
    """Collects the cells of all tables; unclosed rows and cells end where the next one starts, like in a browser."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[Table] = []
        self._open: list[_TableBuilder] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._open.append(_TableBuilder())
        elif not self._open:
            return
        elif tag == "tr":
            self._open[-1].start_row()
        elif tag in ("td", "th"):
            given = dict(attrs)
            self._open[-1].start_cell(_span(given.get("rowspan")), _span(given.get("colspan")), tag == "th")
        elif tag == "br":
            self._open[-1].add_text(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self._open:
            self.tables.append(self._open.pop().finish())
        elif tag in ("td", "th") and self._open:
            self._open[-1].end_cell()

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open[-1].add_text(data)

    def close(self) -> None:
        super().close()
        while self._open:
            self.tables.append(self._open.pop().finish())


class _TableBuilder:
    """Builds a table: puts each cell into the first free column, like HTML."""

    def __init__(self) -> None:
        self._cells: list[Cell] = []
        self._taken: set[tuple[int, int]] = set()
        self._row = -1
        self._pending: tuple[int, int, bool] | None = None
        self._text: list[str] = []

    def start_row(self) -> None:
        self.end_cell()
        self._row += 1

    def start_cell(self, rows: int, columns: int, heading: bool) -> None:
        self.end_cell()
        self._row = max(self._row, 0)
        self._pending = (rows, columns, heading)

    def add_text(self, text: str) -> None:
        if self._pending:
            self._text.append(text)

    def end_cell(self) -> None:
        if self._pending is None:
            return
        rows, columns, heading = self._pending
        column = 0
        while (self._row, column) in self._taken:
            column += 1
        text = normalise(strip_markdown("".join(self._text)))
        self._cells.append(Cell(text, self._row, column, rows, columns, heading))
        self._taken |= {(self._row + r, column + c) for r in range(rows) for c in range(columns)}
        self._pending, self._text = None, []

    def finish(self) -> Table:
        self.end_cell()
        return tuple(self._cells)


def _span(value: str | None) -> int:
    return min(max(int(value), 1), _MOST_SPAN) if value and value.strip().isdigit() else 1


def _pipe_tables(markdown: str) -> Iterator[Table]:
    lines: list[str] = []
    for line in [*markdown.splitlines(), ""]:
        if _PIPE_ROW.match(line):
            lines.append(line)
        elif lines:
            if len(lines) > 1:
                yield _pipe_table(lines)
            lines = []


def _pipe_table(lines: list[str]) -> Table:
    has_heading = bool(_PIPE_RULE.match(lines[1]))
    rows = [line.strip()[1:-1] for line in lines if not _PIPE_RULE.match(line)]
    return tuple(
        Cell(normalise(strip_markdown(text)), row, column, heading=has_heading and row == 0)
        for row, line in enumerate(rows)
        for column, text in enumerate(_SPLIT.split(line))
    )


def is_similar(text: str, wanted: str, max_diffs: int) -> bool:
    """Whether a cell's text equals the wanted one except for ``max_diffs`` characters, with at least half similarity."""
    wanted = normalise(strip_markdown(wanted))
    return fuzz.ratio(text, wanted) / 100 >= max(0.5, 1 - max_diffs / max(len(wanted), 1))


def find_related(table: Table, cell: Cell, relation: str) -> list[Cell]:
    """Find the neighbours of ``cell`` on a side, or its headings.

    Headings are all heading cells above (or left of) it; without any, the outermost cell with text.
    """
    if relation == "up":
        return [other for other in table if _same_columns(other, cell) and other.row + other.rows == cell.row]
    if relation == "down":
        return [other for other in table if _same_columns(other, cell) and cell.row + cell.rows == other.row]
    if relation == "left":
        return [other for other in table if _same_rows(other, cell) and other.column + other.columns == cell.column]
    if relation == "right":
        return [other for other in table if _same_rows(other, cell) and cell.column + cell.columns == other.column]
    if relation == "top_heading":
        above = [other for other in table if _same_columns(other, cell) and other.row < cell.row and other.text]
        return _headings(above, lambda other: other.row)
    before = [other for other in table if _same_rows(other, cell) and other.column < cell.column and other.text]
    return _headings(before, lambda other: other.column)


def _headings(cells: list[Cell], distance: Callable[[Cell], int]) -> list[Cell]:
    marked = [cell for cell in cells if cell.heading]
    outermost = min((distance(cell) for cell in cells), default=0)
    return marked or [cell for cell in cells if distance(cell) == outermost]


def _same_columns(one: Cell, other: Cell) -> bool:
    return one.column < other.column + other.columns and other.column < one.column + one.columns


def _same_rows(one: Cell, other: Cell) -> bool:
    return one.row < other.row + other.rows and other.row < one.row + one.rows
