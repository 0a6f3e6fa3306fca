"""Rows of symbols, read."""

from __future__ import annotations

import numpy as np

from olmocr_core.domain.geometry import Box
from olmocr_core.ocr.formulas.connected_components import (
    Blob,
)
from olmocr_core.ocr.formulas.recognise_rows import draw_blobs, place_digits, recognise_rows, split_spans
from olmocr_core.ocr.formulas.scripts import Script
from olmocr_core.ocr.formulas.tree import SymbolRow
from olmocr_core.ocr.recognise import LineText, Recogniser
from tests.core.ocr.formulas.sheet import SIZE, Sheet


def test_digits_that_touch_their_letters_are_raised_or_lowered_as_they_stand() -> None:
    def blob(x0: float, y0: float, x1: float, y1: float) -> Blob:
        return Blob(Box(x0, y0, x1, y1), 100, np.ones((int(y1 - y0), int(x1 - x0)), np.uint8))

    others = [blob(60, 60, 80, 100), blob(90, 60, 110, 100)]
    places = [10, 35, 70, 100]
    assert place_digits("x2+4", places, [blob(0, 60, 45, 100), *others], SIZE) == "x²+4"
    assert place_digits("x2+4", places, [blob(0, 60, 45, 106), *others], SIZE) == "x₂+4"
    apart = [blob(0, 70, 20, 100), blob(28, 60, 42, 100), *others]
    assert place_digits("x2+4", places, apart, SIZE) == "x2+4"


def test_blobs_are_drawn_alone_on_white() -> None:
    sheet = Sheet().write(50, 200, "x").write(120, 200, "y")
    first, second = sheet.blobs
    alone = draw_blobs(sheet.pixels, [first], SIZE)
    assert alone.shape[0] >= 1.3 * SIZE
    assert alone.shape[1] == first.box.width + 2 * round(0.3 * SIZE)
    assert (alone < 128).any()
    assert (alone[0] == 255).all()
    both = draw_blobs(sheet.pixels, [first, second], SIZE)
    assert both.shape[1] > alone.shape[1] + 50


def test_scripts_stand_between_the_characters_of_their_row() -> None:
    def blob(x0: float, x1: float, y0: float = 60, y1: float = 100) -> Blob:
        return Blob(Box(x0, y0, x1, y1), 100, np.ones((int(y1 - y0), int(x1 - x0)), np.uint8))

    row = [blob(0, 20), blob(60, 80)]
    text = LineText("xy", 0.9, (0.15, 0.8), (0.9, 0.9))
    script = Script((blob(30, 40, 50, 70),), raised=True)
    spans = list(split_spans(row, text, [(script, ("2", 0.7))], SIZE))
    assert [(span.text, span.level) for span in spans] == [("x", 0), ("2", 1), ("y", 0)]
    assert spans[1].confidence == 0.7


def test_a_row_and_its_script_are_read(reader: Recogniser) -> None:
    sheet = Sheet().write(50, 200, "3x").write(104, 182, "2", 26).write(140, 200, "+5y")
    (spans,) = recognise_rows(reader, sheet.pixels, [SymbolRow(tuple(sheet.blobs))], SIZE)
    assert "".join(span.text.replace(" ", "") for span in spans).replace("²", "2") == "3x2+5y"
    assert [span.level for span in spans if span.text.strip() in ("2", "²")] == [1]
