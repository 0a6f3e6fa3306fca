"""Lines that are not text."""

from __future__ import annotations

import numpy as np

from olmocr_core.ocr.noise import is_noise, remove_show_through
from olmocr_core.ocr.words import ReadLine
from tests.core.ocr.lines import line_box, line_text


def test_noise_is_dropped_and_faint_text_is_kept() -> None:
    assert is_noise(ReadLine(line_box(0), line_text("")))
    assert is_noise(ReadLine(line_box(0), line_text("|]~", 0.6)))
    assert is_noise(ReadLine(line_box(0), line_text("hnxlq", 0.4)))
    assert not is_noise(ReadLine(line_box(0), line_text("Dear Shirley", 0.55)))
    assert not is_noise(ReadLine(line_box(0), line_text("7", 0.95)))


def test_show_through_is_removed_and_faint_words_stay() -> None:
    image = np.full((700, 400, 3), 230, np.uint8)
    lines = []
    for number, (ink, text, sure) in enumerate(
        [(40, "a line of print", 0.98)] * 10
        + [(190, "lo seeoqiuq tol", 0.62), (190, "in pencil", 0.95), (190, "9H", 0.97), (40, "a blot of ink", 0.6)]
    ):
        y = 30 + number * 48
        image[y - 6 : y + 6, 110:290:4] = ink
        lines.append(ReadLine(line_box(y), line_text(text, sure)))
    texts = [line.text.text for line in remove_show_through(lines, image)]
    assert texts == ["a line of print"] * 10 + ["in pencil", "a blot of ink"]
    assert remove_show_through(lines[8:], image) == lines[8:]
