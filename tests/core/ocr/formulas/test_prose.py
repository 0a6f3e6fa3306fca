"""Words of text and words of equations."""

from __future__ import annotations

from olmocr_core.domain.geometry import Box, Word
from olmocr_core.ocr.formulas import is_mathematical
from olmocr_core.ocr.formulas.prose import is_name
from tests.core.ocr.formulas.sheet import SIZE, words


def test_a_mathematical_page_has_two_lines_with_relations() -> None:
    assert not is_mathematical(words(("a = b", 100), ("of the people", 200)))
    assert is_mathematical(words(("a = b", 100), ("c = d", 200)))


def test_powers_are_no_names() -> None:
    assert not is_name(Word("3x²dx", Box(0, 0, 1, 1), SIZE))
    assert not is_name(Word("sin", Box(0, 0, 1, 1), SIZE))
    assert not is_name(Word("kxdy", Box(0, 0, 1, 1), SIZE))
    assert is_name(Word("Nguyen,", Box(0, 0, 1, 1), SIZE))
