"""Tables as they are written: rows of cells with their spans, out of a page's HTML and Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bs4 import Tag

MAX_SPAN = 1000


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as written; ``rowspan`` and ``colspan`` are what the markup says, None where it is no number."""

    text: str
    heading: bool = False
    rowspan: int | None = 1
    colspan: int | None = 1


@dataclass(frozen=True, slots=True)
class Table:
    """``rows`` as written; ``headed`` are the rows inside the table's first ``thead``, found by their content."""

    rows: tuple[tuple[Cell, ...], ...]
    headed: frozenset[int] = frozenset()
    markdown: bool = False


def markdown_tables(text: str) -> list[Table]:
    """Every run of at least two lines with a pipe is a table; its first row and first column are headings."""
    tables = []
    for piped, lines in groupby(text.strip().split("\n"), key=lambda line: "|" in line):
        together = list(lines)
        if not piped or len(together) < 2:
            continue
        rows = [cells for line in together if not _is_rule(line) and (cells := _pipe_cells(line))]
        if rows:
            tables.append(Table(_with_headings(rows), markdown=True))
    return tables


def _is_rule(line: str) -> bool:
    return bool(line.strip()) and all(char in "- :|" for char in line)


def _pipe_cells(line: str) -> list[str]:
    cells = [cell.strip() for cell in line.split("|")]
    if cells and not cells[0]:
        cells = cells[1:]
    if cells and not cells[-1]:
        cells = cells[:-1]
    return cells


def _with_headings(rows: list[list[str]]) -> tuple[tuple[Cell, ...], ...]:
    return tuple(
        tuple(Cell(text, heading=row == 0 or column == 0) for column, text in enumerate(cells))
        for row, cells in enumerate(rows)
    )


def html_tables(text: str, *, nested_cells: bool = False) -> list[Table]:
    """The ``<table>`` elements of the text, nested ones by themselves, too.

    ``nested_cells`` counts a nested table's cells among those of the row that holds it, as the published scorer does.
    """
    if "<table" not in text.lower():
        return []
    from bs4 import BeautifulSoup

    return [_html_table(table, nested_cells) for table in BeautifulSoup(text, "html.parser").find_all("table")]


def _html_table(table: Tag, nested_cells: bool) -> Table:
    rows = table.find_all("tr")
    head = table.find("thead")
    # Equal rows are one to the published scorer: it looks a heading row up by content.
    headed = frozenset(rows.index(row) for row in head.find_all("tr")) if head else frozenset()
    return Table(
        tuple(tuple(_html_cells(row, len(rows) - index, nested_cells)) for index, row in enumerate(rows)), headed
    )


def _html_cells(row: Tag, rows_left: int, nested_cells: bool) -> Iterator[Cell]:
    in_head = row.find_parent("thead") is not None and not nested_cells
    for cell in row.find_all(["th", "td"], recursive=nested_cells):
        for line_break in cell.find_all("br"):
            line_break.replace_with("\n")
        rowspan = _span(cell.get("rowspan"))
        if rowspan == 0 and not nested_cells:
            rowspan = rows_left
        yield Cell(cell.get_text().strip(), cell.name == "th" or in_head, rowspan, _span(cell.get("colspan")))


def _span(value: object) -> int | None:
    if value is None:
        return 1
    try:
        return min(int(str(value)), MAX_SPAN)
    except ValueError:
        return None
