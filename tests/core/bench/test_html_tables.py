"""Tables as browsers read them, and pages that are made to take for ever."""

from __future__ import annotations

import time

import pytest

from olmocr_core.bench import nested_tables
from olmocr_core.bench.checks import parse_check
from olmocr_core.bench.grid import Grid
from olmocr_core.bench.html_tables import MAX_DEPTH, read_html_tables
from olmocr_core.bench.score import score_check
from olmocr_core.bench.verdict import CheckVerdict

MANY = 1_000


def texts(html: str) -> list[list[list[str]]]:
    return [[[cell.text for cell in row] for row in table.rows] for table in read_html_tables(html)]


def asked(html: str, *, compat: bool = False, **values: object) -> CheckVerdict:
    check = parse_check({"pdf": "a.pdf", "page": 1, "id": "x", "type": "table", **values})
    return score_check(check, html, compat=compat)


@pytest.mark.parametrize(
    "html",
    [
        "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>",
        "<table><tr><td>a<td>b<tr><td>c<td>d",
        "<TABLE><TD>a<TD>b</TR><TR><TD>c<TD>d</TABLE>",
        "before <table><thead><tr><td>a<td>b<tbody><tr><td>c<td>d</table> after",
        "<table><tr><td>a<script>x</script><td>b<!-- y --></tr>between<tr><td>c<td>d",
    ],
)
def test_what_is_left_open_is_closed_where_a_browser_closes_it(html):
    assert texts(html) == [[["a", "b"], ["c", "d"]]]


def test_a_table_inside_a_cell_is_text_of_that_cell_and_a_table_by_itself():
    html = "<table><tr><td>a<table><tr><td>b</table>c<td>d</table><table><tr><td>e</table>"
    assert texts(html) == [[["abc", "d"]], [["b"]], [["e"]]]


def test_headings_spans_and_line_breaks():
    html = "<table><thead><tr><td rowspan=0>a<br>b<td colspan=x></thead><tr><th>c</table>"
    ((head, second),) = [table.rows for table in read_html_tables(html)]
    assert [(cell.text, cell.heading, cell.rowspan, cell.colspan) for cell in head] == [
        ("a\nb", True, 2, 1),
        ("", True, 1, None),
    ]
    assert second[0].heading


def test_neighbours_are_found_between_cells_that_were_left_open():
    html = "<table><tr><td>a<td>b<tr><td>c<td>d"
    assert asked(html, cell="d", up="b", left="c").passed is True
    # The published scorer nests them, and sees one cell that says all of it.
    assert asked(html, cell="d", up="b", left="c", compat=True).passed is False


def test_tables_in_tables_end_somewhere():
    html = "<table><tr><td>x" * 50 + "deep" + "</table>" * 50 + "<table><tr><td>last</table>"
    found = texts(html)
    assert len(found) == MAX_DEPTH + 1
    assert "deep" in found[MAX_DEPTH - 1][0][0]
    assert found[-1] == [["last"]]


HOSTILE = {
    "open cells": "<table><tr>" + "<td>a b" * MANY,
    "open rows": "<table>" + "<tr><td>a<td>b" * MANY,
    "open tables": "<table><tr><td>x" * MANY,
    "open heads": "<table><thead><tr><th>x" * MANY,
    "open everything else": "<table><tr><td>" + "<div>" * MANY + "needle",
    "spans": "<table><tr>" + "<td rowspan=1000 colspan=1000>x</td>" * MANY,
    "stairs": "<table>" + "".join(f"<tr><td rowspan={MANY - row}>x</td></tr>" for row in range(MANY)),
    "wide headings": "<table><tr>" + "<th colspan=2>h</th>" * MANY + "</tr></table>",
    "pipes": "|" * MANY + "\n" + "|a|" * MANY,
    "equal heads": "<table><thead>" + "<tr><th>x</th></tr>" * MANY + "</thead></table>",
}


@pytest.mark.parametrize("compat", [False, True])
@pytest.mark.parametrize("name", list(HOSTILE))
def test_hostile_pages_have_a_verdict_in_time(name, compat):
    start = time.monotonic()
    verdict = asked(HOSTILE[name], cell="not there", up="x", top_heading="y", left_heading="z", compat=compat)
    assert verdict.passed is False
    assert time.monotonic() - start < 60


def test_cells_in_cells_beyond_counting_are_told(monkeypatch):
    monkeypatch.setattr(nested_tables, "MAX_CELLS", 100)
    assert "too many nested cells" in asked(HOSTILE["open rows"], cell="a", compat=True).explanation


def test_a_span_ends_with_the_table():
    (table,) = read_html_tables("<table><tr><td rowspan=900>a<td>b<tr><td>c")
    grid = Grid(table)
    assert grid.find_neighbours((0, 0), "right") == {(0, 1), (1, 1)}
    assert grid.find_neighbours((0, 0), "down") == set()
