"""HTML with much that is never closed is read in linear time, and everything else as it stands."""

from __future__ import annotations

import time

import pytest

from olmocr_core.bench.bound_markup import bound_markup, bound_numbers
from olmocr_core.bench.html_tables import read_html_tables
from olmocr_core.bench.nested_tables import read_nested_tables

PIECES = ("<a ", "<a b='", "<!--", "<!-- >", "<![CDATA[ ]>", "<![if x ", "<?", "</")


@pytest.mark.parametrize(
    "text", ["<table><td>1 < 2", "<a " * 20, "<!-- a --><b>" * 50, "<table>" * 50, "<![CDATA[x]]>" * 50]
)
def test_ordinary_pages_stay_as_they_are(text: str) -> None:
    assert bound_markup(text) == text


def test_many_tags_without_an_end_are_text() -> None:
    text = "<table><tr><td>a" + "<a " * 21
    assert bound_markup(text) == "<table><tr><td>a" + "&lt;a " * 21
    assert read_html_tables(bound_markup(text)) == read_html_tables(text)
    assert read_nested_tables(text)[0].rows[0][0].text == "a" + ("<a " * 21).strip()


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("read", [read_html_tables, read_nested_tables])
def test_reading_takes_linear_time(read, piece: str) -> None:
    start = time.thread_time()
    read("<table><tr><td>" + piece * (40_000 // len(piece)))
    assert time.thread_time() - start < 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [("&#65;", "A"), ("&#0000000065;", "A"), ("&#" + "0" * 5000 + "65;", "A"), ("&#" + "9" * 5000, "\ufffd")],
)
def test_a_number_of_any_length_is_a_character_or_none(text: str, shown: str) -> None:
    assert read_html_tables(f"<table><td>{text}</table>")[0].rows[0][0].text == shown
    assert len(bound_numbers(text)) < 20


def test_the_published_way_refuses_a_number_that_is_no_character() -> None:
    with pytest.raises(ValueError, match="HTML cannot be read"):
        read_nested_tables("<table><td>&#" + "9" * 5000 + ";")
