"""Equations in place of the words that were read."""

from __future__ import annotations

import cv2
import numpy as np

from olmocr_core.domain.geometry import Box, Word
from olmocr_core.ocr.formulas import insert_formulas
from olmocr_core.ocr.lexicon import Lexicon
from olmocr_core.ocr.recognise import Recogniser
from tests.core.ocr.formulas.sheet import SIZE, Sheet, words


def test_displayed_equations_replace_their_words(reader: Recogniser, lexicon: Lexicon) -> None:
    sheet = Sheet(700, 400).write(20, 60, "Hence we have the value").write(120, 160, "2y = 3x + 1")
    sheet.write(120, 300, "A =").over(200, 100, 300, "b + 4", "7")
    read = words(("Hence we have the value", 60), ("2y = 3x + 1", 160), ("A = b+4", 300))
    found = insert_formulas(read, sheet.pixels, SIZE, 1.0, reader, lexicon)
    texts = [word.text for word in found]
    assert texts[:5] == ["Hence", "we", "have", "the", "value"]
    assert r"\[2 y = 3 x + 1\]" in texts
    assert r"\[A = \frac{b + 4}{7}\]" in texts


def test_names_are_never_equations(reader: Recogniser, lexicon: Lexicon) -> None:
    sheet = Sheet(700, 300).write(20, 160, "Nguyen = Duy")
    read = words(("Nguyen = Duy", 160), ("a = b", 400))
    assert insert_formulas(read, sheet.pixels, SIZE, 1.0, reader, lexicon) == read


def test_equations_within_a_sentence_stay_in_it(reader: Recogniser, lexicon: Lexicon) -> None:
    sheet = (
        Sheet(1100, 300).write(20, 160, "Hence we have").write(340, 160, "2y = 3x + 1").write(620, 160, "and the line")
    )
    boxes = {"Hence": (20, 140), "we": (150, 200), "have": (210, 310), "2y": (340, 380), "=": (390, 415), "3x": (425, 465),
             "+": (480, 505), "1": (515, 535), "and": (620, 690), "the": (700, 760), "line": (770, 850)}  # fmt: skip
    read = [Word(text, Box(x0, 125, x1, 168), SIZE, confidence=0.95, line=4) for text, (x0, x1) in boxes.items()]
    found = insert_formulas(read, sheet.pixels, SIZE, 1.0, reader, lexicon)
    assert [word.text for word in found if word.line == 4] == [
        "Hence",
        "we",
        "have",
        "and",
        "the",
        "line",
        r"\(2 y = 3 x + 1\)",
    ]


def test_pictures_and_noise_give_no_errors(reader: Recogniser, lexicon: Lexicon) -> None:
    rng = np.random.default_rng(5)
    noise = rng.integers(0, 256, (300, 400, 3), dtype=np.uint8)
    strokes = np.full((300, 400, 3), 255, np.uint8)
    for _ in range(300):
        x, y = int(rng.integers(380)), int(rng.integers(290))
        cv2.line(strokes, (x, y), (x + int(rng.integers(25)), y + int(rng.integers(-4, 5))), (0, 0, 0), 2)
    read = words(("a = b", 100), ("c = d", 200))
    for picture in (noise, strokes, np.full((300, 400, 3), 255, np.uint8), np.zeros((300, 400, 3), np.uint8)):
        found = insert_formulas(read, picture, SIZE, 1.0, reader, lexicon)
        assert all(word in read or word.text.startswith("\\") for word in found)
