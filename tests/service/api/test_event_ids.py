from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.api.event_ids import format_event_id, parse_event_id


def test_runs_of_pages_are_ranges() -> None:
    assert format_event_id([3, 1, 2, 7]) == "1-3,7"
    assert format_event_id([1], ended=True) == "1,end"
    assert format_event_id([], ended=True) == "end"


@given(st.sets(st.integers(1, 500)), st.booleans())
def test_an_id_says_what_was_told(pages: set[int], ended: bool) -> None:
    assert parse_event_id(format_event_id(pages, ended=ended), 500) == (pages, ended)


@pytest.mark.parametrize("text", ["", "x", "1-", "-5", "9-1", "0", "1" * 9000, "1-9999999" + ",1-9999999" * 500])
def test_what_others_send_is_bounded(text: str) -> None:
    pages, ended = parse_event_id(text, 100)
    assert pages <= set(range(1, 101))
    assert not ended
