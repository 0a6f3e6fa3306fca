"""Words to lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.geometry import Box, Word
from olmocr_core.layout.lines import (
    Line,
    bounding_box,
    group_lines,
    is_rtl,
    join_words,
    measure_body_size,
    measure_mono_share,
    measure_typical_size,
)
from tests.core.layout.pages import line


def test_a_superscript_stays_on_its_line() -> None:
    words = [*line("the area is x", 50, 100), Word("2", Box(115, 98.5, 118, 104.5), 6), *line("in all", 125, 100)]

    assert [found.text for found in group_lines(words)] == ["the area is x2 in all"]


def test_words_of_a_text_layer_keep_their_spaces_however_tight() -> None:
    words = [Word("Credit", Box(0, 0, 30, 10), 10), Word("Markets", Box(30.1, 0, 60, 10), 10)]
    assert join_words(words) == "Credit Markets"


def test_right_to_left_lines_are_in_logical_order() -> None:
    texts = ["שלום", "עולם", "Open", "Source", "טוב"]
    x, words = 400.0, []
    for text in [texts[0], texts[1], texts[3], texts[2], texts[4]]:
        words.append(Word(text, Box(x - 30, 100, x, 110), 10))
        x -= 35

    assert group_lines(words)[0].text == " ".join(texts)


def test_sizes_are_weighted_by_length() -> None:
    words = [Word("a" * 10, Box(0, 0, 9, 9), 10), Word("b" * 4, Box(0, 0, 9, 9), 20), Word("c", Box(0, 0, 9, 9), 7)]
    assert measure_typical_size(words) == 10
    assert measure_typical_size([]) == 10.0
    assert measure_body_size(words) == 10
    assert measure_body_size([*words, Word("d" * 5, Box(0, 0, 9, 9), 20)]) == 20, "the largest of the common ones"


def test_the_style_of_a_line_is_that_of_most_characters() -> None:
    words = tuple(line("bold words", 0, 0, bold=True, font="Courier") + line("no", 60, 0, italic=True))
    made = Line(words)
    assert made.bold
    assert not made.italic
    assert made.mono
    assert measure_mono_share(words) == pytest.approx(9 / 11)
    assert made.box == bounding_box(words)


@pytest.mark.parametrize(
    ("text", "expected"), [("שלום", True), ("שלום abc", True), ("abc שא", False), ("12", False), ("", False)]
)
def test_direction_is_that_of_most_letters(text: str, expected: bool) -> None:
    assert is_rtl(text) is expected


def test_words_that_ocr_put_on_one_line_stay_on_one() -> None:
    words = [Word("high", Box(0, 0, 20, 10), 10, line=1), Word("low", Box(30, 9, 50, 19), 10, line=1)]
    assert [found.text for found in group_lines(words)] == ["high low"]
    assert len(group_lines([Word(w.text, w.box, w.size) for w in words])) == 2


@given(
    st.lists(
        st.tuples(
            st.integers(0, 500), st.integers(0, 60), st.sampled_from(["a", "word", "אב", "12"]), st.integers(-1, 3)
        ),
        max_size=25,
    )
)
def test_every_word_is_on_exactly_one_line(places: list[tuple[int, int, str, int]]) -> None:
    words = [Word(text, Box(x, y, x + 20, y + 10), 10, line=number) for x, y, text, number in places]
    found = [id(word) for made in group_lines(words) for word in made.words]
    assert sorted(found) == sorted(map(id, words))
