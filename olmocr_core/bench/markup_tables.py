"""Tables as in the markup: rows of cells with their spans. Reads the tables of a page's Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

MAX_SPAN = 1000
# Positions of one table, with spans filled; no page has more.
MAX_PLACES = 2_000_000


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; ``rowspan`` and ``colspan`` as in the markup, None if they are not numbers."""

    text: str
    heading: bool = False
    rowspan: int | None = 1
    colspan: int | None = 1


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as in the markup; ``headed`` are the rows inside the first ``thead``, identified by their content."""

    rows: tuple[tuple[Cell, ...], ...]
    headed: frozenset[int] = frozenset()
    markdown: bool = False


def read_markdown_tables(text: str) -> list[Table]:
    """Read each run of two or more lines with a pipe as a table; its first row and first column are headings."""
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


def parse_span(value: object) -> int | None:
    """Parse a span; None if it is not a number."""
    if value is None:
        return 1
    try:
        return min(int(str(value)), MAX_SPAN)
    except ValueError:
        return None
