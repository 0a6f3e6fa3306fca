"""Rows of words to cells of columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.geometry import Box, Ruling
from olmocr_core.layout.grid import build_cells, find_separators, has_segment_at, is_numeric, place_row, split_row
from olmocr_core.layout.lines import Line, group_lines
from tests.core.layout.pages import line


def made(*parts: tuple[float, str], y: float = 100.0, **style: object) -> Line:
    """A line of parts at these places."""
    return Line(tuple(word for x, text in parts for word in line(text, x, y, **style)))


def texts(*parts: tuple[float, str]) -> list[str]:
    return [segment.text for segment in split_row(made(*parts), 8.0)]


@pytest.mark.parametrize("text", ["12", "1,234.5", "(800)", "-3", "$ 12", "45%", "—", "n/a", "12.5*", "1 234"])
def test_figures_are_numeric(text: str) -> None:
    assert is_numeric(text)


@pytest.mark.parametrize("text", ["", "word", "12 words", "A-42", "(a)"])
def test_words_are_not_numeric(text: str) -> None:
    assert not is_numeric(text)


def test_a_row_is_split_at_wide_gaps() -> None:
    assert texts((50, "two words"), (150, "12"), (200, "13")) == ["two words", "12", "13"]


def test_dot_leaders_are_left_out() -> None:
    assert texts((50, "Contents"), (100, "......."), (200, "7")) == ["Contents", "7"]
    assert texts((50, "Contents"), (100, ". . . . ."), (200, "7")) == ["Contents", "7"]


def test_signs_go_with_their_figures() -> None:
    assert texts((50, "Profit"), (140, "$"), (160, "12"), (190, "%")) == ["Profit", "$ 12 %"]
    assert texts((50, "$"), (160, "word")) == ["$", "word"]


def test_gaps_within_a_line_of_ocr_must_be_twice_as_wide() -> None:
    words = [*line("one", 50, 100, line=3), *line("two", 77, 100, line=3), *line("three", 110, 100, line=3)]
    assert [segment.text for segment in split_row(Line(tuple(words)), 10.0)] == ["one two three"]
    apart = [*line("one", 50, 100, line=3), *line("two", 77, 100, line=4)]
    assert [segment.text for segment in split_row(Line(tuple(apart)), 10.0)] == ["one", "two"]


def test_a_segment_stands_under_a_head_within_a_third_of_the_type_size() -> None:
    row = split_row(made((50, "a"), (150, "b")), 8.0)
    assert has_segment_at(row, 153, 10)
    assert not has_segment_at(row, 154, 10)


def test_separators_run_through_the_white_that_rows_share() -> None:
    rows = [
        split_row(made((50, name), (150, "12"), (220, "13"), y=y), 8.0) for y, name in ((100, "one"), (114, "three"))
    ]
    first, second = find_separators(rows, 10)
    assert 75 < first < 150
    assert 160 < second < 220
    assert find_separators([], 10) == []


def test_a_segment_that_crosses_a_separator_spans_columns() -> None:
    whole = made((50, "a head over both of them"), (300, "x"))
    placed = place_row(split_row(whole, 8.0), [100.0, 250.0], whole)
    assert placed.cells == {(0, 1): "a head over both of them", (2, 2): "x"}


def table(*rows: tuple[str, ...], tops: list[float] | None = None) -> list[Line]:
    words = [
        word
        for at, cells in enumerate(rows)
        for x, text in zip((50, 150, 250), cells, strict=False)
        if text
        for word in line(text, x, tops[at] if tops else 100 + 14 * at)
    ]
    return group_lines(words)


def test_heads_end_where_figures_begin() -> None:
    cells, figures = build_cells(table(("", "North", "South"), ("one", "12", "13"), ("two", "7", "8")), 10)
    assert [(cell.text, cell.row, cell.column) for cell in cells if cell.header] == [("North", 0, 1), ("South", 0, 2)]
    assert figures == 1.0


def test_a_rule_separates_heads_from_the_body() -> None:
    lines = table(("Name", "Kind"), ("alpha", "beta"), ("gamma", "delta"))
    under_first = (Ruling(Box(50, 112, 300, 112)),)
    cells, figures = build_cells(lines, 10, under_first)
    assert {cell.text for cell in cells if cell.header} == {"Name", "Kind"}
    assert figures == 0.0


def test_rows_that_continue_cells_are_merged() -> None:
    lines = table(
        ("Name", "Meaning"), ("alpha", "a first"), ("", "letter"), ("beta", "the next"), tops=[100, 120, 131, 150]
    )
    cells, _ = build_cells(lines, 10)
    assert "a first letter" in [cell.text for cell in cells]


def test_a_centred_head_spans_the_columns_beside_it() -> None:
    words = [
        *line("Sales", 220, 100),
        *(word for x, text in ((50, ""), (150, "2021"), (220, "2022"), (290, "2023")) for word in line(text, x, 114)),
        *(
            word
            for at, name in enumerate(("North", "South", "West"))
            for x, text in ((50, name), (150, "12"), (220, "13"), (290, "14"))
            for word in line(text, x, 128 + 14 * at)
        ),
    ]
    rules = (Ruling(Box(50, 126, 320, 126)),)
    cells, _ = build_cells(group_lines(words), 10, rules)
    (head,) = [cell for cell in cells if cell.text == "Sales"]
    assert (head.row, head.column, head.colspan, head.header) == (0, 1, 3, True)


def test_one_column_is_no_table() -> None:
    assert build_cells(table(("one",), ("two",), ("three",)), 10) == ([], 0.0)


@given(
    st.lists(
        st.lists(st.sampled_from(["a", "12", "words here", ""]), min_size=3, max_size=3).filter(any),
        min_size=1,
        max_size=8,
    )
)
def test_no_word_is_lost_and_no_two_cells_overlap(rows: list[list[str]]) -> None:
    cells, _ = build_cells(table(*map(tuple, rows)), 10)
    if cells:
        written = sorted(word for row in rows for text in row for word in text.split())
        assert sorted(word for cell in cells for word in cell.text.split()) == written
        places = [(cell.row, column) for cell in cells for column in range(cell.column, cell.column + cell.colspan)]
        assert len(places) == len(set(places))
