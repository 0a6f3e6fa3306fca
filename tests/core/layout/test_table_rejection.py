"""Aligned words that are not tables."""

from __future__ import annotations

from olmocr_core.domain.geometry import Box, Ruling, Word
from olmocr_core.layout import transcribe_layout
from olmocr_core.layout.lines import group_lines
from olmocr_core.layout.tables_aligned import find_aligned_tables
from tests.core.layout.pages import line, lines, page, prose


def row(parts: list[tuple[float, str]], y: float, first_line: int = -1) -> list[Word]:
    """Parts of a row at these places; with ``first_line``, each is a line from OCR."""
    if first_line < 0:
        return [word for x, text in parts for word in line(text, x, y)]
    return [w for i, (x, text) in enumerate(parts) for w in line(text, x, y, confidence=0.95, line=first_line + i)]


def test_justified_prose_with_aligned_gaps_is_no_table() -> None:
    body = [
        row([(50, "formerly found near"), (165, "the mines"), (230, "to the"), (275, "north")], 124),
        row([(50, "and Gumi to the far"), (165, "south of"), (230, "a mass"), (275, "comes")], 136),
        row([(50, "place and then kept"), (165, "in a room"), (230, "of the"), (275, "mines")], 148),
    ]
    around = "the finer kinds that are of use are of very limite"
    alone = [word for words in body for word in words]
    within = [*line(around, 50, 112), *alone, *line(around, 50, 160)]

    assert find_aligned_tables(group_lines(alone), 10, ()) == []
    assert find_aligned_tables(group_lines(within), 10, ()) == []


def test_displayed_equations_are_no_table() -> None:
    rows = [row([(100, "= 3n"), (160, "+ 1"), (220, "+ n")], 200 + 14 * i) for i in range(4)]
    text = transcribe_layout(page(lines(prose("a", 6), 50, 100), *rows)).text

    assert "<table>" not in text


def test_two_rows_of_ocr_that_line_up_are_chance() -> None:
    found = [row([(50, "Code"), (150, "12"), (250, "34")], 100 + 14 * i, 10 * i) for i in range(2)]
    assert "<table>" not in transcribe_layout(page(*found)).text


def test_rows_of_ocr_that_line_up_are_a_table() -> None:
    names = ["Code", "Text", "Mail", "Book"]
    found = [row([(50, name), (150, "12.5"), (250, "34.5")], 100 + 14 * i, 10 * i) for i, name in enumerate(names)]
    text = transcribe_layout(page(*found)).text

    assert "<tr><td>Mail</td><td>12.5</td><td>34.5</td></tr>" in text


def test_strokes_above_and_below_two_written_lines_are_no_table() -> None:
    found = [*row([(50, "Code first"), (150, "then text")], 100, 1), *row([(50, "go on"), (180, "by hand")], 116, 5)]
    strokes = (Ruling(Box(45, 95, 260, 95)), Ruling(Box(45, 135, 260, 135)))

    assert "<table>" not in transcribe_layout(page(found, rulings=strokes)).text


def test_positions_within_a_line_of_ocr_do_not_make_a_table() -> None:
    body = [
        [w for x, text in ((50, "and"), (80, "12"), (105, "34")) for w in line(text, x, y, confidence=0.9, line=i)]
        for i, y in enumerate((100, 114, 128, 142))
    ]
    assert "<table>" not in transcribe_layout(page(*body)).text
