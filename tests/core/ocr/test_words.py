"""Lines to words with boxes."""

from __future__ import annotations

from itertools import pairwise

import pytest

from olmocr_core.ocr.detect import LineBox
from olmocr_core.ocr.words import ReadLine, split_into_words
from tests.core.ocr.lines import line_box, line_text


def test_words_of_a_line_tile_it_in_order() -> None:
    words = list(split_into_words(ReadLine(line_box(100), line_text("one  two three")), 7))
    assert [word.text for word in words] == ["one", "two", "three"]
    assert {word.line for word in words} == {7}
    assert words[0].box.x0 == pytest.approx(100, abs=1)
    assert words[-1].box.x1 == pytest.approx(300, abs=3)
    assert all(a.box.x1 < b.box.x0 for a, b in pairwise(words))


@pytest.mark.parametrize(("rotation", "first_is_lower"), [(90, True), (270, False)])
def test_words_of_a_column_run_along_it(rotation: int, first_is_lower: bool) -> None:
    column = LineBox(cx=50, cy=200, length=20, thickness=300, tilt=0.0, score=0.9)
    first, second = split_into_words(ReadLine(column, line_text("up down"), rotation), 0)
    assert first.rotation == rotation
    assert (first.box.y0 > second.box.y0) is first_is_lower
    assert first.box.width < first.box.height
