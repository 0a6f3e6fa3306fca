"""Tables with drawn cells."""

from __future__ import annotations

from olmocr_core.domain.geometry import Box, Ruling
from olmocr_core.layout import transcribe_layout
from olmocr_core.layout.tables_ruled import find_ruled_tables
from tests.core.layout.pages import grid, line, lines, page, prose


def test_a_drawn_grid_becomes_a_table() -> None:
    xs, ys = [50.0, 150.0, 250.0], [100.0, 120.0, 140.0]
    words = [*line("Name", 60, 105), *line("Value", 160, 105), *line("width", 60, 125), *line("12 mm", 160, 125)]
    text = transcribe_layout(page(words, lines(prose("a", 5), 50, 200), rulings=grid(xs, ys))).text

    assert text.startswith(
        "<table>\n<tr><th>Name</th><th>Value</th></tr>\n<tr><td>width</td><td>12 mm</td></tr>\n</table>\n\nand so"
    )


def test_missing_borders_are_spans() -> None:
    lines_ = [Ruling(Box(50, y, 350, y)) for y in (100, 120, 160)]
    lines_ += [Ruling(Box(150, 140, 350, 140))]
    lines_ += [Ruling(Box(50, 100, 50, 160)), Ruling(Box(350, 100, 350, 160))]
    lines_ += [Ruling(Box(150, 120, 150, 160)), Ruling(Box(250, 120, 250, 160))]
    words = [*line("All of it", 100, 105), *line("tall", 60, 135), *line("b1", 160, 125), *line("c1", 260, 125),
             *line("b2", 160, 145), *line("c2", 260, 145)]  # fmt: skip
    (table,) = find_ruled_tables(words, lines_, 10)

    assert table.html == (
        '<table>\n<tr><th colspan="3">All of it</th></tr>\n'
        '<tr><th rowspan="2">tall</th><th>b1</th><th>c1</th></tr>\n<tr><td>b2</td><td>c2</td></tr>\n</table>'
    )


def test_a_frame_around_text_is_no_table() -> None:
    text = transcribe_layout(page(lines(prose("a", 6), 60, 105), rulings=grid([50, 350], [100, 200]))).text
    assert "<table>" not in text
