from __future__ import annotations

import pytest

from olmocr_core.bench.html_tables import MAX_DEPTH, read_html_tables


def texts(html: str) -> list[list[list[str]]]:
    return [[[cell.text for cell in row] for row in table.rows] for table in read_html_tables(html)]


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
def test_unclosed_elements_end_where_a_browser_closes_them(html):
    assert texts(html) == [[["a", "b"], ["c", "d"]]]


def test_a_nested_table_is_text_of_its_cell_and_a_table_of_its_own():
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


def test_deeply_nested_tables_are_limited():
    html = "<table><tr><td>x" * 50 + "deep" + "</table>" * 50 + "<table><tr><td>last</table>"
    found = texts(html)
    assert len(found) == MAX_DEPTH + 1
    assert "deep" in found[MAX_DEPTH - 1][0][0]
    assert found[-1] == [["last"]]


def test_a_marked_section_of_an_unknown_kind_is_a_comment():
    assert texts("<table><tr><td>a<![x[ b ]>c</table>") == [[["ac"]]]
