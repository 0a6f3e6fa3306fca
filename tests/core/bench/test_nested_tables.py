from __future__ import annotations

import pytest

from olmocr_core.bench import nested_tables
from olmocr_core.bench.markup_tables import Table
from olmocr_core.bench.nested_tables import read_nested_tables


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


def test_a_row_has_the_cells_of_the_tables_inside_it_too() -> None:
    html = "<table><tr><td>a<table><tr><td>b</td></tr></table></td><td>c</td></tr></table>"
    outer, inner = read_nested_tables(html)
    assert texts(outer) == [["ab", "b", "c"], ["b"]]
    assert texts(inner) == [["b"]]


def test_unclosed_cells_nest() -> None:
    (table,) = read_nested_tables("<table><tr><td>a<td>b")
    assert texts(table) == [["ab", "b"]]


def test_rows_of_the_first_head_are_found_by_their_content() -> None:
    head = "<thead><tr><th>x</th></tr></thead>"
    (table,) = read_nested_tables(f"<table><tr><td>y</td></tr><tr><th>x</th></tr>{head}</table>")
    assert table.headed == {1}


def test_line_breaks_and_spans_are_read_and_a_page_without_tables_is_not_parsed() -> None:
    (table,) = read_nested_tables("<table><tr><th rowspan=2 colspan=x>a<br>b</th></tr></table>")
    (cell,) = table.rows[0]
    assert (cell.text, cell.heading, cell.rowspan, cell.colspan) == ("a\nb", True, 2, None)
    assert read_nested_tables("no table") == []


@pytest.mark.parametrize(("limit", "value"), [("MAX_CELLS", 100), ("MAX_TEXT", 100)])
def test_too_many_nested_cells_are_refused(monkeypatch: pytest.MonkeyPatch, limit: str, value: int) -> None:
    monkeypatch.setattr(nested_tables, limit, value)
    with pytest.raises(ValueError, match="too many nested cells"):
        read_nested_tables("<table>" + "<tr><td>a<td>b" * 100)


def test_html_that_the_parser_rejects_is_a_value_error():
    with pytest.raises(ValueError, match="HTML cannot be read"):
        read_nested_tables("<table><tr><td>a<![x[ b")
