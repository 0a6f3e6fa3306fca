"""Tables without cell borders."""

from __future__ import annotations

from olmocr_core.domain.geometry import Box, Ruling
from olmocr_core.layout import transcribe_layout
from tests.core.layout.pages import line, lines, page, prose, statement


def test_aligned_figures_become_a_table_with_their_heads() -> None:
    text = transcribe_layout(page(lines(prose("a", 4), 50, 30), statement())).text

    assert "<tr><th></th><th>2024</th><th>2023</th></tr>" in text
    assert "<tr><td>Cost of sales</td><td>$ (800)</td><td>(750)</td></tr>" in text


def test_dot_leaders_are_gaps() -> None:
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
