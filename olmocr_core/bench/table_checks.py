"""Check tables: a cell exists with the given neighbours and headings."""

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
_MIN_SIMILARITY = 0.5
_SHOWN_PROBLEMS = 3


@dataclass(frozen=True, slots=True)
class _Relation:
    """One relation that the check requires."""

    relation: str
    wanted: str
    needed: float

    def find_best(self, texts: Iterable[str]) -> tuple[float, str]:
        return max(((measure_similarity(self.wanted, text), text) for text in texts), default=(0.0, ""))

    def describe(self, found: str) -> str:
        seen = f"is {found!r}" if found else "is missing"
        return f"{self.relation.replace('_', ' ')} {seen}, not {self.wanted!r}"


def measure_similarity(wanted: str, text: str) -> float:
    """The similarity of a text and a cell, 0 to 1, after normalisation."""
    return fuzz.ratio(wanted, normalise_text(text)) / 100.0


def check_table(check: TableCheck, text: str, *, compat: bool) -> CheckVerdict:
    """Check that a cell of any table matches, with all its relations.

    ``compat`` reads tables like the published scorer (`flat_table`), where a relation beyond the table's edge holds.
    """
    tables = [] if check.ignore_markdown_tables else read_markdown_tables(text)
    try:
        tables += read_nested_tables(text) if compat else read_html_tables(text)
        if not tables:
            return CheckVerdict.failing("the page has no table")
        look = _flat_problems if compat else _grid_problems
        found = [problems for table in tables for problems in look(check, table)]
    except ValueError as error:
        return CheckVerdict.failing(str(error))
    relations = len(_relations(check))
    if not found:
        return CheckVerdict.failing(f"no cell is {check.cell!r}")
    fewest = min(found, key=len)
    if not fewest:
        return CheckVerdict.passing()
    return CheckVerdict.failing(
        f"the cell {check.cell!r} exists, but {'; '.join(fewest[:_SHOWN_PROBLEMS])}", 1 - len(fewest) / (relations + 1)
    )


def _relations(check: TableCheck) -> list[_Relation]:
    wanted = ((name, getattr(check, name)) for name in _SIDES)
    return [_Relation(name, text, _required_similarity(text, check.max_diffs)) for name, text in wanted if text]


def _required_similarity(wanted: str, max_diffs: int) -> float:
    return max(_MIN_SIMILARITY, min_similarity(wanted, max_diffs))


def _grid_problems(check: TableCheck, table: Table) -> Iterator[list[str]]:
    """Yield the problems of each cell that matches."""
    grid, needed = Grid(table), _required_similarity(check.cell, check.max_diffs)
    relations = _relations(check)
    for at, cell in grid.cells.items():
        if measure_similarity(check.cell, cell.text) >= needed:
            yield _find_problems(relations, lambda relation, at=at: _grid_texts(grid, at, relation))  # type: ignore[misc]


def _find_problems(relations: list[_Relation], texts: Callable[[str], Iterable[str] | None]) -> list[str]:
    wrong = []
    for each in relations:
        around = texts(each.relation)
        if around is None:
            continue
        score, found = each.find_best(around)
        if score < each.needed:
            wrong.append(each.describe(found))
    return wrong


def _grid_texts(grid: Grid, at: Position, relation: str) -> list[str]:
    if relation == "top_heading":
        places = grid.find_headings(at, "up")
    elif relation == "left_heading":
        places = grid.find_headings(at, "left")
    else:
        places = grid.find_neighbours(at, relation)  # type: ignore[arg-type]
    return [grid.cells[place].text for place in sorted(places)]


def _flat_problems(check: TableCheck, table: Table) -> Iterator[list[str]]:
    flat, needed = flatten(table), _required_similarity(check.cell, check.max_diffs)
    relations = _relations(check)
    # The text of a tall cell occurs in every row that it spans.
    matches = {
        text: measure_similarity(check.cell, text) >= needed for text in {text for cells in flat.rows for text in cells}
    }
    for row, cells in enumerate(flat.rows):
        for column, text in enumerate(cells):
            if matches[text]:
                yield _find_problems(
                    relations,
                    lambda relation, row=row, column=column: _flat_texts(flat, row, column, relation, relations),  # type: ignore[misc]
                )


def _flat_texts(
    flat: FlatTable, row: int, column: int, relation: str, relations: list[_Relation]
) -> Iterable[str] | None:
    """Return the texts to compare; None beyond the table's edge, where the published scorer checks nothing."""
    if relation.endswith("_heading"):
        wanted = next(each for each in relations if each.relation == relation)
        near = list(_flat_headings(flat, row, column, relation))
        # Plain cells on that side count only if not even a letter of a heading matches.
        return near if wanted.find_best(near)[0] > 0 else list(_flat_line(flat, row, column, relation))
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
