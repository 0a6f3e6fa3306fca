"""Where words begin and end."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.pdf.word_ranges import LINE_HYPHENS, find_word_ranges


def words(text: str, lefts: list[float] | None = None, base: list[float] | None = None) -> list[str]:
    """The words of characters that are 5 wide and 10 high, one every 5 points unless ``lefts`` says otherwise."""
    codes = np.array([ord(char) for char in text], dtype=np.int64)
    lefts = lefts or [5.0 * at for at in range(len(text))]
    base = base or [0.0] * len(text)
    boxes = np.array([(x, y + 10, x + 5, y) for x, y in zip(lefts, base, strict=True)]).reshape(-1, 4)
    return [text[start:stop] for start, stop in find_word_ranges(codes, boxes)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("one two", ["one", "two"]),
        ("  a\u00a0b\u3000c ", ["a", "b", "c"]),
        ("end" + chr(LINE_HYPHENS[0]) + "ing", ["end" + chr(LINE_HYPHENS[0]), "ing"]),
        ("אבabc", ["אב", "abc"]),
    ],
)
def test_words_end_at_spaces_hyphens_and_changes_of_direction(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_a_wide_gap_separates_words() -> None:
    assert words("abcd", [0, 5, 18, 23]) == ["ab", "cd"]
    assert words("abcd", [0, 5, 12, 17]) == ["abcd"]


def test_another_line_separates_words_and_a_superscript_does_not() -> None:
    assert words("abcd", [0, 5, 0, 5], [12, 12, 0, 0]) == ["ab", "cd"]
    assert words("ab2", [0, 5, 10], [0, 0, 4]) == ["ab2"]


def test_letters_on_their_side_form_a_word() -> None:
    codes = np.array([ord(char) for char in "abc"], dtype=np.int64)
    boxes = np.array([(0, y + 5, 10, y) for y in (0, 5, 10)], dtype=np.float64)
    assert find_word_ranges(codes, boxes) == [(0, 3)]


@given(st.text(alphabet="ab \u0301אب\x02", max_size=30), st.data())
def test_ranges_cover_every_character_but_spaces_once(text: str, data: st.DataObject) -> None:
    lefts = [data.draw(st.sampled_from([0.0, 5.0, 9.0, 40.0])) + 5 * at for at in range(len(text))]
    codes = np.array([ord(char) for char in text], dtype=np.int64)
    boxes = np.array([(x, 10, x + 5, 0) for x in lefts], dtype=np.float64).reshape(-1, 4)
    ranges = find_word_ranges(codes, boxes)
    covered = [at for start, stop in ranges for at in range(start, stop)]
    assert covered == [at for at, char in enumerate(text) if char != " "]
    assert all(start < stop for start, stop in ranges)
