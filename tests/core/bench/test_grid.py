from __future__ import annotations

import pytest

from olmocr_core.bench import grid as grid_module
from olmocr_core.bench.grid import Grid
from olmocr_core.bench.html_tables import read_html_tables

YEARS = """<table><tr><th>Item<th colspan=2>Year<tr><th><th>2023<th>2024
<tr><td rowspan=2>Sales<td>10<td>20<tr><td>11<td>21</table>"""


def grid_of(html: str) -> Grid:
    (table,) = read_html_tables(html)
    return Grid(table)


def texts(grid: Grid, found: set[tuple[int, int]]) -> set[str]:
    return {grid.cells[position].text for position in found}


def at(grid: Grid, text: str) -> tuple[int, int]:
    (position,) = (position for position, cell in grid.cells.items() if cell.text == text)
    return position


def test_a_span_ends_with_the_table() -> None:
    grid = grid_of("<table><tr><td rowspan=900>a<td>b<tr><td>c")
    assert grid.find_neighbours((0, 0), "right") == {(0, 1), (1, 1)}
    assert grid.find_neighbours((0, 0), "down") == set()


def test_cells_after_a_tall_cell_are_moved_to_the_right() -> None:
    grid = grid_of(YEARS)
    assert at(grid, "11") == (3, 1)
    assert texts(grid, grid.find_neighbours(at(grid, "11"), "left")) == {"Sales"}
    assert texts(grid, grid.find_neighbours(at(grid, "11"), "up")) == {"10"}


def test_a_wide_cell_has_a_neighbour_for_each_of_its_columns() -> None:
    grid = grid_of(YEARS)
    assert texts(grid, grid.find_neighbours(at(grid, "Year"), "down")) == {"2023", "2024"}


def test_headings_are_all_heading_cells_in_a_direction() -> None:
    grid = grid_of(YEARS)
    assert texts(grid, grid.find_headings(at(grid, "21"), "up")) == {"2024", "Year"}


def test_without_heading_cells_the_outermost_cells_are_headings() -> None:
    grid = grid_of("<table><tr><td>a<td>b<tr><td>c<td>d")
    assert texts(grid, grid.find_headings(at(grid, "d"), "up")) == {"b"}
    assert texts(grid, grid.find_headings(at(grid, "d"), "left")) == {"c"}


def test_spans_over_more_positions_than_any_page_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid_module, "MAX_PLACES", 10)
    with pytest.raises(ValueError, match="more than 10 positions"):
        grid_of("<table><tr><td colspan=11>a")
