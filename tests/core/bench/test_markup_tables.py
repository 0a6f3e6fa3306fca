from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.bench.markup_tables import MAX_SPAN, parse_span, read_markdown_tables

PIPES = "| Item | 2023 |\n| :--- | ---: |\n| Sales | 10 |"


def test_the_rule_is_no_row_and_the_edges_are_headings() -> None:
    (table,) = read_markdown_tables(f"before\n{PIPES}\nafter")
    assert [[cell.text for cell in row] for row in table.rows] == [["Item", "2023"], ["Sales", "10"]]
    assert [[cell.heading for cell in row] for row in table.rows] == [[True, True], [True, False]]
    assert table.markdown


def test_a_single_line_with_a_pipe_is_no_table() -> None:
    assert read_markdown_tables("either | or") == []


def test_text_between_tables_separates_them() -> None:
    assert len(read_markdown_tables(f"{PIPES}\n\n{PIPES}")) == 2


def test_outer_pipes_may_be_missing() -> None:
    (table,) = read_markdown_tables("a | b\nc | d")
    assert [[cell.text for cell in row] for row in table.rows] == [["a", "b"], ["c", "d"]]


@pytest.mark.parametrize(("value", "span"), [(None, 1), ("3", 3), (" 2 ", 2), ("-1", -1), ("x", None), ("", None)])
def test_spans(value: str | None, span: int | None) -> None:
    assert parse_span(value) == span


def test_a_span_is_bounded() -> None:
    assert parse_span("9" * 20) == MAX_SPAN


@given(st.text("|-: ab\n", max_size=60))
def test_every_cell_is_part_of_the_text(text: str) -> None:
    for table in read_markdown_tables(text):
        assert all(cell.text in text and "|" not in cell.text for row in table.rows for cell in row)
