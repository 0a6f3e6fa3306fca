from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.bench.fuzzy_match import find_near_matches

words = st.text("abc ", min_size=8, max_size=16)


@given(st.text("abc ", max_size=30), words, st.text("abc ", max_size=30), st.integers(0, 3))
def test_a_text_is_found_within_the_edits(before, wanted, after, edits):
    text = before + wanted + after
    places = find_near_matches(wanted, text, edits)
    assert any(place.edits <= edits and place.start <= len(before) + len(wanted) for place in places)
    assert all(0 <= place.start <= place.end <= len(text) for place in places)


def test_the_choice_of_overlapping_matches_is_deterministic():
    # fuzzysearch alone takes (1, 4) or (3, 6), by the hash seed of the process.
    assert find_near_matches("aaa", "babacabcbbabaddcd", 2) == [(3, 6, 1), (10, 13, 1)]


def test_exact_matches_may_overlap():
    assert find_near_matches("aa", "aaa b", 0) == [(0, 2, 0), (1, 3, 0)]
