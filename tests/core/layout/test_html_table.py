"""Cells as HTML."""

from __future__ import annotations

from olmocr_core.layout.html_table import Cell, render_html_table


def test_text_is_escaped_and_empty_places_are_filled() -> None:
    cells = [Cell("a < b", 0, 0, header=True), Cell("c", 1, 1)]

    assert render_html_table(cells) == (
        "<table>\n<tr><th>a &lt; b</th><th></th></tr>\n<tr><td></td><td>c</td></tr>\n</table>"
    )
