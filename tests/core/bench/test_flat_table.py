from __future__ import annotations

import pytest

from olmocr_core.bench.flat_table import FlatTable, flatten
from olmocr_core.bench.markup_tables import read_markdown_tables
from olmocr_core.bench.nested_tables import read_nested_tables


def flat(html: str) -> FlatTable:
    (table,) = read_nested_tables(html)
    return flatten(table)


def test_a_wide_cell_takes_one_position_and_shifts_the_cells_after_it() -> None:
    found = flat("<table><tr><th colspan='2'>wide</th><th>c</th></tr><tr><td>1</td><td>2</td><td>3</td></tr></table>")
    assert found.rows == [["wide", "c", ""], ["1", "2", "3"]]


def test_a_tall_cell_occurs_in_every_row_that_it_spans() -> None:
    found = flat("<table><tr><td rowspan='2'>tall</td><td>1</td></tr><tr><td>2</td></tr></table>")
    assert found.rows == [["tall", "1"], ["tall", "2"]]


def test_a_wide_heading_applies_to_all_columns_to_its_right() -> None:
    found = flat("<table><tr><th colspan='2'>h</th><th>x</th></tr><tr><td>1</td><td>2</td><td>3</td></tr></table>")
    assert [sorted(found.of_column[column]) for column in range(3)] == [["h"], ["h"], ["h", "x"]]


def test_the_first_row_and_column_of_a_markdown_table_are_headings() -> None:
    (table,) = read_markdown_tables("| Item | 2023 |\n| --- | --- |\n| Sales | 10 |")
    found = flatten(table)
    assert found.rows == [["Item", "2023"], ["Sales", "10"]]
    assert (found.of_column[1], found.of_row[1]) == ({"2023"}, {"Sales"})


@pytest.mark.parametrize(
    ("cell", "message"), [("<td colspan='x'>a</td>", "not a number"), ("<th colspan='-3'>a</th>", None)]
)
def test_spans_that_stop_the_published_scorer(cell: str, message: str | None) -> None:
    html = f"<table><tr>{cell}<td>b</td></tr></table>"
    if message:
        with pytest.raises(ValueError, match=message):
            flat(html)
    else:
        assert flat(html).rows == [["a", "b"]]
