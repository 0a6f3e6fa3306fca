from __future__ import annotations

from olmocr_core.domain.geometry import Box, Ruling, Word
from olmocr_core.layout import transcribe_layout
from olmocr_core.layout.html_table import Cell, render_html_table
from olmocr_core.layout.tables_ruled import find_ruled_tables
from tests.core.layout.pages import grid, line, lines, page, prose


def test_html_escapes_text_and_fills_empty_places() -> None:
    cells = [Cell("a < b", 0, 0, header=True), Cell("c", 1, 1)]

    assert render_html_table(cells) == (
        "<table>\n<tr><th>a &lt; b</th><th></th></tr>\n<tr><td></td><td>c</td></tr>\n</table>"
    )


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


def statement() -> list[Word]:
    rows = [("Revenue", "1,234", "1,100"), ("Cost of sales", "(800)", "(750)"), ("Profit", "434", "350")]
    words = [*line("2024", 300, 100), *line("2023", 400, 100)]
    for i, (label, first, second) in enumerate(rows):
        y = 114 + 14 * i
        words += [*line(label, 50, y), *line("$", 290, y), *line(first, 300, y), *line(second, 400, y)]
    return words


def test_aligned_figures_become_a_table_with_their_heads() -> None:
    text = transcribe_layout(page(lines(prose("a", 4), 50, 30), statement())).text

    assert "<tr><th></th><th>2024</th><th>2023</th></tr>" in text
    assert "<tr><td>Cost of sales</td><td>$ (800)</td><td>(750)</td></tr>" in text


def test_dot_leaders_are_white() -> None:
    words = [w for i, (label, a, b) in enumerate([("North", "12", "13"), ("South", "44", "45"), ("West", "7", "8")])
             for w in [*line(label, 50, 100 + 14 * i), *line(". " * 12, 100, 100 + 14 * i),
                       *line(a, 260, 100 + 14 * i), *line(b, 340, 100 + 14 * i)]]  # fmt: skip
    text = transcribe_layout(page(words, lines(prose("a", 6), 50, 200))).text

    assert "<td>South</td><td>44</td><td>45</td>" in text


def test_rules_above_and_below_make_a_table_of_words() -> None:
    rules = tuple(Ruling(Box(50, y, 450, y)) for y in (100, 118, 170))
    words = [w for i, row in enumerate([("Model", "Data"), ("small", "Wikipedia pages"), ("large", "Common Crawl"),
                                        ("huge", "both of them")])
             for x, text in zip((60, 200), row, strict=True) for w in line(text, x, 104 + 16 * i)]  # fmt: skip
    text = transcribe_layout(page(words, lines(prose("a", 6), 50, 220), rulings=rules)).text

    assert text.startswith(
        "<table>\n<tr><th>Model</th><th>Data</th></tr>\n<tr><td>small</td><td>Wikipedia pages</td></tr>"
    )


def test_two_columns_of_text_are_no_table() -> None:
    assert (
        "<table>" not in transcribe_layout(page(lines(prose("l", 12), 50, 100), lines(prose("r", 12), 320, 100))).text
    )


def test_a_table_that_was_recognised_before_takes_its_place() -> None:
    above, below = lines(prose("above", 4), 50, 100), lines(prose("below", 4), 50, 300)
    inside = line("these words are inside", 60, 210)
    found = transcribe_layout(page(above, below, inside, tables=((Box(50, 200, 300, 230), "<table>T</table>"),)))

    assert found.text.index("above3") < found.text.index("<table>T</table>") < found.text.index("below0")
    assert "these words" not in found.text


def test_a_page_of_figures_is_marked_as_a_table() -> None:
    assert transcribe_layout(page(statement())).is_table
    assert not transcribe_layout(page(lines(prose("a", 9), 50, 100))).is_table
