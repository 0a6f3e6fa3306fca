"""Which lines of a table are one row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.geometry import Box, Ruling
from olmocr_core.layout.grid import build_cells
from olmocr_core.layout.html_table import render_html_table
from olmocr_core.layout.lines import group_lines
from olmocr_core.layout.table_rows import group_lines_into_rows
from tests.core.layout.pages import line

# The cells of each row.
WRAPPED = [["Item", "Weight"], ["Long name of an item", "12.5"], ["Short", "7"], ["Another long name", "310"]]


def written(rows: list[list[str]], leading: float, skip: float) -> tuple[list, list[float]]:
    """Lines of a table whose first column is 60 points wide, values beside the first lines; and where rows begin."""
    words, tops, y = [], [], 100.0
    for label, value in rows:
        tops.append(y)
        words += line(value, 200, y)
        at, part = y, ""
        for word in label.split():
            if part and len(f"{part} {word}") > 12:
                words += line(part, 80, at)
                at, part = at + leading, word
            else:
                part = f"{part} {word}".strip()
        words += line(part, 80, at)
        y = at + skip
    return words, tops


def html(words: list, rulings: tuple[Ruling, ...] = ()) -> str:
    return render_html_table(build_cells(group_lines(words), 10.0, rulings)[0])


def test_wrapped_cells_are_one_row_where_gaps_separate_the_rows() -> None:
    words, _ = written(WRAPPED, 11.5, 17)

    assert "<td>Long name of an item</td><td>12.5</td>" in html(words)
    assert "<td>Another long name</td><td>310</td>" in html(words)


def test_wrapped_cells_are_one_row_where_rules_separate_the_rows() -> None:
    words, tops = written(WRAPPED, 13, 14)
    rules = tuple(Ruling(Box(78, top - 1.5, 230, top - 1.5)) for top in tops)

    assert "<td>Long name of an item</td><td>12.5</td>" in html(words, rules)


def test_lines_at_even_distances_are_rows() -> None:
    words = [w for i in range(5) for w in (*line(f"Name{i}", 80, 100 + 12 * i), *line(f"{i}.5", 200, 100 + 12 * i))]

    assert html(words).count("<tr>") == 5


@pytest.mark.parametrize("space", [12, 20])
def test_groups_of_rows_stay_rows(space: int) -> None:
    tops = [100, 112, 124, 124 + space, 136 + space, 148 + space]
    words = [w for i, y in enumerate(tops) for w in (*line(f"Name{i}", 80, y), *line(f"{i}.5", 200, y))]
    rules = (Ruling(Box(78, 134, 230, 134)),) if space > 12 else ()

    assert html(words, rules).count("<tr>") == 6


@given(st.lists(st.floats(0, 30), min_size=1, max_size=12), st.lists(st.booleans(), min_size=12, max_size=12))
def test_every_line_is_in_one_row_in_order(gaps: list[float], figures: list[bool]) -> None:
    y, made = 50.0, []
    for gap in gaps:
        y += 10 + gap
        made += group_lines(line("some words", 80, y))
    places = [[(0, False), (1, figure)] for figure in figures[: len(made)]]
    found = group_lines_into_rows(made, (), 10.0, places)

    assert [index for band in found for index in band] == list(range(len(made)))
