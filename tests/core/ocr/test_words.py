"""Lines to words with boxes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from olmocr_core.ocr.detect import LineBox
from olmocr_core.ocr.recognise import Recogniser
from olmocr_core.ocr.words import ReadLine, read_lines, scale_word, split_into_words
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


def test_columns_are_read_in_both_directions_and_the_better_reading_is_kept() -> None:
    class Network:
        """Reads what is dark at the left as an a, with confidence, and everything else as a b."""

        def run(self, batch: np.ndarray) -> list[np.ndarray]:
            scores = np.zeros((len(batch), batch.shape[3] // 8, 4), np.float32)
            for row, image in enumerate(batch):
                dark = image[:, :, :8].mean() < 0
                scores[row, 0, 1 if dark else 2] = 0.9 if dark else 0.4
            return [scores]

    page = np.full((300, 200, 3), 255, np.uint8)
    page[240:300, 90:110] = 0
    column = LineBox(cx=100, cy=150, length=20, thickness=300, tilt=0, score=0.9)
    (line,) = read_lines(Recogniser(Network(), ["a", "b", " "]), page, [column])  # type: ignore[arg-type]
    assert (line.text.text, line.rotation) == ("a", 90)
    assert line.narrow is None


def test_words_change_their_units() -> None:
    (word,) = split_into_words(ReadLine(line_box(100), line_text("one")), 0)
    half = scale_word(word, 0.5)
    assert (half.box.x0, half.box.y1, half.size) == (word.box.x0 / 2, word.box.y1 / 2, word.size / 2)
    assert half.text == word.text
