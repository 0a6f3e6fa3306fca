"""Scorers for tables: the cell is somewhere, with the neighbours and headings that are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz

from olmocr_core.bench.checks import TableCheck
from olmocr_core.bench.flat_table import FlatTable, flatten
from olmocr_core.bench.grid import Grid, Position
from olmocr_core.bench.html_tables import read_html_tables
from olmocr_core.bench.markup_tables import Table, read_markdown_tables
from olmocr_core.bench.nested_tables import read_nested_tables
from olmocr_core.bench.normalise import min_similarity, normalise_text
from olmocr_core.bench.verdict import CheckVerdict

_SIDES = ("up", "down", "left", "right", "top_heading", "left_heading")
_LEAST = 0.5
_TOLD = 3


@dataclass(frozen=True, slots=True)
class _Asked:
    """One relation that the check asks for."""

    relation: str
    wanted: str
    needed: float

    def best(self, texts: Iterable[str]) -> tuple[float, str]:
        return max(((cell_similarity(self.wanted, text), text) for text in texts), default=(0.0, ""))

    def complaint(self, found: str) -> str:
        seen = f"is {found!r}" if found else "is not there"
        return f"{self.relation.replace('_', ' ')} {seen}, not {self.wanted!r}"


def cell_similarity(wanted: str, text: str) -> float:
    """How alike two cells are, 0 to 1, emphasis and whitespace folded."""
    return fuzz.ratio(wanted, normalise_text(text)) / 100.0


def check_table(check: TableCheck, text: str, *, compat: bool) -> CheckVerdict:
    """Does any cell of any table match, with all its relations?

    ``compat`` reads tables as the published scorer does (`flat_table`), where a relation over the table's edge holds.
    """
    tables = [] if check.ignore_markdown_tables else read_markdown_tables(text)
    try:
        tables += read_nested_tables(text) if compat else read_html_tables(text)
        if not tables:
            return CheckVerdict.failing("the page has no table")
        look = _flat_complaints if compat else _grid_complaints
        found = [complaints for table in tables for complaints in look(check, table)]
    except ValueError as error:
        return CheckVerdict.failing(str(error))
    asked = len(_asked(check))
    if not found:
        return CheckVerdict.failing(f"no cell says {check.cell!r}")
    fewest = min(found, key=len)
    if not fewest:
        return CheckVerdict.passing()
    return CheckVerdict.failing(
        f"the cell {check.cell!r} is there, but {'; '.join(fewest[:_TOLD])}", 1 - len(fewest) / (asked + 1)
    )


def _asked(check: TableCheck) -> list[_Asked]:
    wanted = ((name, getattr(check, name)) for name in _SIDES)
    return [_Asked(name, text, _needed(text, check.max_diffs)) for name, text in wanted if text]


def _needed(wanted: str, max_diffs: int) -> float:
    return max(_LEAST, min_similarity(wanted, max_diffs))


def _grid_complaints(check: TableCheck, table: Table) -> Iterator[list[str]]:
    """For each cell that matches, what is wrong around it."""
    grid, needed = Grid(table), _needed(check.cell, check.max_diffs)
    asked = _asked(check)
    for at, cell in grid.cells.items():
        if cell_similarity(check.cell, cell.text) >= needed:
            yield _complaints(asked, lambda relation, at=at: _grid_texts(grid, at, relation))  # type: ignore[misc]


def _complaints(asked: list[_Asked], texts: Callable[[str], Iterable[str] | None]) -> list[str]:
    wrong = []
    for each in asked:
        around = texts(each.relation)
        if around is None:
            continue
        score, found = each.best(around)
        if score < each.needed:
            wrong.append(each.complaint(found))
    return wrong


def _grid_texts(grid: Grid, at: Position, relation: str) -> list[str]:
    if relation == "top_heading":
        places = grid.headings(at, "up")
    elif relation == "left_heading":
        places = grid.headings(at, "left")
    else:
        places = grid.neighbours(at, relation)  # type: ignore[arg-type]
    return [grid.cells[place].text for place in sorted(places)]


def _flat_complaints(check: TableCheck, table: Table) -> Iterator[list[str]]:
    flat, needed = flatten(table), _needed(check.cell, check.max_diffs)
    asked = _asked(check)
    # A tall cell's text is in every row that it spans.
    matches = {
        text: cell_similarity(check.cell, text) >= needed for text in {text for cells in flat.rows for text in cells}
    }
    for row, cells in enumerate(flat.rows):
        for column, text in enumerate(cells):
            if matches[text]:
                yield _complaints(
                    asked,
                    lambda relation, row=row, column=column: _flat_texts(flat, row, column, relation, asked),  # type: ignore[misc]
                )


def _flat_texts(flat: FlatTable, row: int, column: int, relation: str, asked: list[_Asked]) -> Iterable[str] | None:
    """The texts to compare with; None over the table's edge, where the published scorer asks nothing."""
    if relation.endswith("_heading"):
        wanted = next(each for each in asked if each.relation == relation)
        near = list(_flat_headings(flat, row, column, relation))
        # Only where not even a letter of a heading fits are the plain cells on that side asked.
        return near if wanted.best(near)[0] > 0 else list(_flat_line(flat, row, column, relation))
    down, right = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}[relation]
    row, column = row + down, column + right
    if 0 <= row < len(flat.rows) and 0 <= column < len(flat.rows[row]):
        return (flat.rows[row][column],)
    return None


def _flat_headings(flat: FlatTable, row: int, column: int, relation: str) -> Iterator[str]:
    if relation == "top_heading":
        yield from flat.of_column.get(column, ())
        yield from (flat.rows[above][column] for above in flat.header_rows if above < row)
    else:
        yield from flat.of_row.get(row, ())
        yield from (flat.rows[row][before] for before in flat.header_columns if before < column)


def _flat_line(flat: FlatTable, row: int, column: int, relation: str) -> Iterator[str]:
    if relation == "top_heading":
        yield from (flat.rows[above][column] for above in range(row))
    else:
        yield from flat.rows[row][:column]
