"""Words to lines."""

from __future__ import annotations

from olmocr_core.domain.geometry import Box, Word
from olmocr_core.layout.lines import group_lines, join_words
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
