from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.jobs.page_ranges import LAST_PAGE, format_page_ranges, parse_page_ranges, select_pages

PAGES = st.sets(st.integers(1, 60), min_size=1)


@given(PAGES, st.integers(0, 80))
def test_any_spelling_of_the_same_pages_is_the_same_text(pages: set[int], count: int) -> None:
    spelled = ", ".join(f"{page}-{page}" for page in sorted(pages, reverse=True))
    text = format_page_ranges(parse_page_ranges(spelled))
    assert format_page_ranges(parse_page_ranges(text)) == text
    assert select_pages(text, count) == tuple(sorted(page for page in pages if page <= count))


def test_ranges_that_meet_are_one() -> None:
    assert format_page_ranges(parse_page_ranges(" 4 - 6,1-3, 9,8-9,")) == "1-6,8-9"
    assert select_pages("", 3) == (1, 2, 3)
    assert select_pages(f"2-{LAST_PAGE}", 4) == (2, 3, 4)


@pytest.mark.parametrize("text", ["0", "3-1", "a", "1-", "-2", "1;2", "1-2-3", str(LAST_PAGE + 1), "1," * 2000])
def test_what_is_no_range_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"range of pages|characters"):
        parse_page_ranges(text)
