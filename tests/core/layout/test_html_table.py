"""Cells as HTML."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.layout.html_table import Cell, render_html_table


def test_text_is_escaped_and_empty_places_are_filled() -> None:
    cells = [Cell("a < b", 0, 0, header=True), Cell("c", 1, 1)]

    assert render_html_table(cells) == (
        "<table>\n<tr><th>a &lt; b</th><th></th></tr>\n<tr><td></td><td>c</td></tr>\n</table>"
    )


def test_spans_are_attributes_and_cover_their_places() -> None:
    cells = [
        Cell("wide", 0, 0, colspan=2, header=True),
        Cell("tall", 1, 0, rowspan=2),
        Cell("b", 1, 1),
        Cell("c", 2, 1),
    ]
    assert render_html_table(cells).split("\n")[1:-1] == [
        '<tr><th colspan="2">wide</th></tr>',
        '<tr><td rowspan="2">tall</td><td>b</td></tr>',
        "<tr><td>c</td></tr>",
    ]


def test_no_cells_are_no_table() -> None:
    assert render_html_table([]) == ""


@given(st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1))
def test_every_row_has_as_many_cells_as_there_are_columns(places: set[tuple[int, int]]) -> None:
    html = render_html_table([Cell("x", row, column) for row, column in places])
    rows = html.split("\n")[1:-1]
    assert len(rows) == max(row for row, _ in places) + 1
    assert {len(re.findall("<td>", row)) for row in rows} == {max(column for _, column in places) + 1}
    assert html.count("<td>x</td>") == len(places)
