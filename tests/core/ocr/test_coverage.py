"""Ink that a text layer leaves out."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from olmocr_core.domain.geometry import Box, PageLayout, Ruling, Word
from olmocr_core.ocr.coverage import measure_uncovered_ink


def encoded(pixels: np.ndarray) -> bytes:
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "PNG")
    return target.getvalue()


def test_ink_outside_words_and_rulings_is_counted() -> None:
    pixels = np.full((400, 200), 255, np.uint8)
    pixels[20:40, 20:120] = 0
    pixels[100:102, 10:190] = 0
    pixels[300:320, 20:120] = 0
    word, ruling = Word("word", Box(10, 10, 60, 20), 10), Ruling(Box(5, 50, 95, 51))
    both = PageLayout(100, 200, (word,), (ruling,))
    assert measure_uncovered_ink(encoded(pixels), both) == pytest.approx(2000 / 4360, abs=0.01)
    assert measure_uncovered_ink(encoded(pixels), PageLayout(100, 200, ())) == 1.0


def test_a_blank_page_leaves_nothing_out() -> None:
    assert measure_uncovered_ink(encoded(np.full((50, 50), 200, np.uint8)), PageLayout(100, 100, ())) == 0.0
