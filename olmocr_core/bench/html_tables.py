"""Read the tables of a page's HTML like a browser, in one pass: unclosed elements end where a browser closes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from olmocr_core.bench.bound_markup import bound_markup, bound_numbers
from olmocr_core.bench.markup_tables import Cell, Table, parse_span

# Nested tables: deeper ones are only text of the innermost cell.
MAX_DEPTH = 8
_CELLS = ("td", "th")
_SECTIONS = ("thead", "tbody", "tfoot")
_UNSEEN = ("script", "style", "template")
_Attributes = list[tuple[str, str | None]]


@dataclass(slots=True)
class _OpenTable:
    """A table in progress; ``cell`` is the open cell: its tag, attributes and text so far."""

    rows: list[list[Cell]] = field(default_factory=list)
    to_the_end: list[tuple[int, int]] = field(default_factory=list)
    in_row: bool = False
    in_head: bool = False
    cell: tuple[str, _Attributes, list[str]] | None = None

    def start_row(self) -> None:
        self.end_row()
        self.rows.append([])
        self.in_row = True

    def end_row(self) -> None:
        self.end_cell()
        self.in_row = False

    def start_cell(self, tag: str, attributes: _Attributes) -> None:
        self.end_cell()
        if not self.in_row:
            self.start_row()
        self.cell = (tag, attributes, [])

    def end_cell(self) -> None:
        if self.cell is None:
            return
        tag, attributes, texts = self.cell
        values = dict(attributes)
        row = self.rows[-1]
        if (rowspan := parse_span(values.get("rowspan"))) == 0:
            self.to_the_end.append((len(self.rows) - 1, len(row)))
        heading = tag == "th" or self.in_head
        row.append(Cell("".join(texts).strip(), heading, rowspan, parse_span(values.get("colspan"))))
        self.cell = None

    def finished(self) -> Table:
        self.end_row()
        for row, column in self.to_the_end:
            old = self.rows[row][column]
            self.rows[row][column] = Cell(old.text, old.heading, len(self.rows) - row, old.colspan)
        return Table(tuple(map(tuple, self.rows)))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tables: list[Table | None] = []
        self._open: list[tuple[int, _OpenTable]] = []
        self._too_deep = 0
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: _Attributes) -> None:
        if tag == "table":
            self._start_table()
        elif tag in _UNSEEN:
            self._unseen += 1
        elif tag == "br":
            self.handle_data("\n")
        elif self._open and not self._too_deep:
            table = self._open[-1][1]
            if tag in _CELLS:
                table.start_cell(tag, attrs)
            elif tag == "tr":
                table.start_row()
            elif tag in _SECTIONS:
                table.end_row()
                table.in_head = tag == "thead"

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag == "table" and self._too_deep:
            self._too_deep -= 1
        elif self._open and not self._too_deep:
            self._end(tag, self._open[-1][1])

    def _end(self, tag: str, table: _OpenTable) -> None:
        if tag == "table":
            self._end_table()
        elif tag in _CELLS:
            table.end_cell()
        elif tag == "tr":
            table.end_row()
        elif tag in _SECTIONS:
            table.end_row()
            table.in_head = False

    def _start_table(self) -> None:
        if len(self._open) == MAX_DEPTH:
            self._too_deep += 1
            return
        self._open.append((len(self.tables), _OpenTable()))
        self.tables.append(None)

    def _end_table(self) -> None:
        place, table = self._open.pop()
        self.tables[place] = table.finished()

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        # Of an unknown kind it is a comment, as in a browser; the library's parser ends with an AssertionError.
        try:
            return super().parse_marked_section(i, report)
        except AssertionError:
            return self.parse_bogus_comment(i)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            for _, table in self._open:
                if table.cell:
                    table.cell[2].append(data)

    def close(self) -> None:
        super().close()
        while self._open:
            self._end_table()


def read_html_tables(text: str) -> list[Table]:
    """Read the ``<table>`` elements in the order of their start tags, including nested ones."""
    start = text.lower().find("<table")
    if start < 0:
        return []
    reader = _Reader()
    reader.feed(bound_numbers(bound_markup(text[start:])))
    reader.close()
    return [table for table in reader.tables if table]
