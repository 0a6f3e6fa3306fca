"""Shapes of ink."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from olmocr_core.ocr.formulas.connected_components import (
    classify_tall_sign,
    find_blobs,
    is_bar,
    is_dot,
    is_plus,
)
from tests.core.ocr.formulas.sheet import SIZE, Sheet


@pytest.mark.parametrize("sign", ["(", ")", "{", "}"])
def test_tall_delimiters_are_recognised_by_shape(sign: str) -> None:
    (blob,) = Sheet().write(100, 300, sign, 130).blobs
    assert classify_tall_sign(blob, SIZE) == sign


def test_letters_are_no_delimiters() -> None:
    assert [classify_tall_sign(blob, SIZE) for blob in Sheet().write(50, 200, "(AbJ)").blobs] == [None] * 5


def test_an_integral_leans_at_both_ends() -> None:
    sheet = np.full((300, 200, 3), 255, np.uint8)
    points = np.array([(130, 60), (112, 50), (100, 70), (88, 210), (76, 230), (58, 220)], np.int32)
    cv2.polylines(sheet, [points], False, (0, 0, 0), 6)
    (blob,) = find_blobs(sheet, SIZE)
    assert classify_tall_sign(blob, SIZE) == "∫"


def test_strokes_points_and_crosses() -> None:
    minus, plus, point, letter = (
        Sheet().bar(20, 44, 100).write(100, 110, "+").write(200, 110, ".").write(260, 110, "x").blobs
    )
    assert [is_bar(blob, SIZE) for blob in (minus, plus, point, letter)] == [True, False, False, False]
    assert [is_plus(blob, SIZE) for blob in (minus, plus, point, letter)] == [False, True, False, False]
    assert is_dot(point, SIZE)
    assert not is_dot(letter, SIZE)
