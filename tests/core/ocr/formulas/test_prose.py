"""Words of text and words of equations."""

from __future__ import annotations

import pytest

from olmocr_core.domain.geometry import Box, Word
from olmocr_core.ocr.formulas import is_mathematical
from olmocr_core.ocr.formulas.prose import find_prose, is_name, is_word
from olmocr_core.ocr.lexicon import Lexicon
from tests.core.ocr.formulas.sheet import SIZE, words


def test_a_mathematical_page_has_two_lines_with_relations() -> None:
    assert not is_mathematical(words(("a = b", 100), ("of the people", 200)))
    assert is_mathematical(words(("a = b", 100), ("c = d", 200)))


def test_powers_are_no_names() -> None:
    assert not is_name(Word("3x²dx", Box(0, 0, 1, 1), SIZE))
    assert not is_name(Word("sin", Box(0, 0, 1, 1), SIZE))
    assert not is_name(Word("kxdy", Box(0, 0, 1, 1), SIZE))
    assert is_name(Word("Nguyen,", Box(0, 0, 1, 1), SIZE))


def found(lexicon: Lexicon, *lines: tuple[str, int]) -> list[str]:
    return [word.text for word in find_prose(words(*lines), lexicon)]


def test_a_line_of_text_is_prose_but_for_its_equation(lexicon: Lexicon) -> None:
    before, after = ["Hence", "we", "have", "the", "value"], ["from", "above"]
    assert found(lexicon, ("Hence we have the value x=2+y from above", 60)) == [*before, *after]
    assert found(lexicon, ("Hence we have the value x from above", 60)) == [*before, "x", *after]


def test_of_a_line_of_signs_only_words_and_its_label_are_prose(lexicon: Lexicon) -> None:
    assert found(lexicon, ("(1) x = 2y where y+1", 60)) == ["where", "(1)"]
    assert found(lexicon, ("x (1) = 2y", 60)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [("value", True), ("(value)", True), ("of", True), ("xy", False), ("sin", False), ("a=b", False), ("qzx", False)],
)
def test_words_are_in_the_dictionary(lexicon: Lexicon, text: str, expected: bool) -> None:
    assert is_word(Word(text, Box(0, 0, 1, 1), SIZE, confidence=0.9), lexicon) is expected


def test_a_word_read_without_confidence_is_none(lexicon: Lexicon) -> None:
    assert not is_word(Word("value", Box(0, 0, 1, 1), SIZE, confidence=0.5), lexicon)


def test_a_line_needs_three_words_to_be_text(lexicon: Lexicon) -> None:
    assert found(lexicon, ("the value x1 y2", 60)) == ["the", "value"]
    assert found(lexicon, ("see the value x1 y2", 60)) == ["see", "the", "value", "x1", "y2"]
