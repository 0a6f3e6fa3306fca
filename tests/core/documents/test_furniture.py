from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.documents.furniture import (
    MarginBlock,
    find_furniture,
    find_recurring_lines,
    is_page_number,
    normalise_block,
)


def pages_with(texts: dict[int, str]) -> list[MarginBlock]:
    return [MarginBlock(number, text) for number, text in texts.items()]


def test_a_header_that_recurs_with_page_numbers_is_furniture():
    found = pages_with({n: f"Annual  Report 2024 | {n + 10}" for n in range(1, 9)})
    assert find_furniture(found, range(1, 9)) == frozenset(found)


def test_a_block_that_occurs_once_is_not_furniture():
    running = pages_with(dict.fromkeys(range(1, 9), "Annual Report"))
    once = MarginBlock(3, "Printed on recycled paper")
    assert find_furniture([*running, once], range(1, 9)) == frozenset(running)


def test_left_and_right_pages_have_headers_of_their_own():
    book = pages_with({n: "The Whale" if n % 2 else "Herman Melville" for n in range(1, 21)})
    assert find_furniture(book, range(1, 21)) == frozenset(book)


def test_a_chapter_header_is_frequent_in_its_chapter():
    chapter = pages_with(dict.fromkeys(range(101, 112, 2), "Loomings"))
    assert find_furniture(chapter, range(1, 301)) == frozenset(chapter)


def test_three_distant_occurrences_in_many_pages_are_text():
    rare = pages_with(dict.fromkeys((1, 100, 200), "See the errata"))
    assert find_furniture(rare, range(1, 301)) == frozenset()


def test_table_numbers_do_not_make_a_running_header():
    tables = pages_with({2: "Table 1", 5: "Table 2", 6: "Table 3", 9: "Table 4"})
    assert find_furniture(tables, range(1, 11)) == frozenset()


def test_numbers_that_restart_in_each_chapter_count_with_the_pages():
    numbered = pages_with({n: f"Manual {1 + (n - 1) // 5}-{1 + (n - 1) % 5}" for n in range(1, 21)})
    assert find_furniture(numbered, range(1, 21)) == frozenset(numbered)


def test_two_of_two_pages_are_enough_but_one_of_one_is_not():
    pair = pages_with({1: "Invoice 7", 2: "Invoice 7"})
    assert find_furniture(pair, [1, 2]) == frozenset(pair)
    assert find_furniture(pair[:1], [1]) == frozenset()
    assert find_furniture(pair, range(1, 9)) == frozenset()


def test_ocr_variants_of_a_running_header_are_furniture_too():
    running = pages_with(dict.fromkeys(range(1, 8), "Journal of Applied Physics"))
    misread = MarginBlock(8, "Journal of Applicd Physics")
    assert misread in find_furniture([*running, misread], range(1, 9))


def test_bare_page_numbers_are_always_furniture():
    for text in ("12", "- 12 -", "xii", "Page 3 of 10", "3/10", "Seite 4 von 9"):
        assert is_page_number(text), text
    for text in ("Mix of 12 things", "12 May 2024", "Figure 3", "12345", "Civil", "$ 12", "3 4", "", "-"):
        assert not is_page_number(text), text


def test_lines_in_the_text_need_most_of_at_least_five_pages():
    lines = pages_with({n: f"ACME Corp. {n}" for n in range(1, 7)})
    assert find_recurring_lines(lines, range(1, 11)) == frozenset(lines)
    assert find_recurring_lines(lines[:4], range(1, 5)) == frozenset()
    assert find_recurring_lines(lines, range(1, 12)) == frozenset()


def test_markup_at_the_edge_of_a_page_stays():
    for text in ("<table>", "| a | b |", "![Chart](page_1_2_3_4.png)", "$$", "- item", "1. item"):
        assert find_recurring_lines(pages_with(dict.fromkeys(range(1, 9), text)), range(1, 9)) == frozenset(), text


@given(st.lists(st.tuples(st.integers(1, 12), st.text(max_size=30)), max_size=30))
def test_only_given_blocks_are_furniture(found):
    candidates = [MarginBlock(number, text) for number, text in found]
    chosen = find_furniture(candidates, range(1, 13))
    assert chosen <= set(candidates)
    assert find_furniture(reversed(candidates), range(1, 13)) == chosen


@given(st.text())
def test_normalising_twice_changes_nothing(text):
    assert normalise_block(normalise_block(text)) == normalise_block(text)
