"""A page image, read."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from olmocr_core.domain.models import Rotation
from olmocr_core.domain.settings import Cpu
from olmocr_core.ocr.models import Pixels
from olmocr_core.ocr.orientation import rotate_image
from olmocr_core.ocr.page import read_page_image
from tests.core.ocr.phototest import PLAIN, TRUTH, written


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_each_rotation_is_corrected_and_read(printed: Pixels, memo: dict[Any, Any], rotation: Rotation) -> None:
    page = read_page_image(rotate_image(printed, rotation), 0.5, PLAIN, memo)
    assert page.rotation_ccw == (360 - rotation) % 360
    assert (page.layout.width, page.layout.height) == (320, 240)
    assert Levenshtein.normalized_similarity(written(page), TRUTH) > 0.98


@pytest.mark.parametrize("degrees", [-4.0, 3.0])
def test_a_skewed_page_is_deskewed(printed: Pixels, memo: dict[Any, Any], degrees: float) -> None:
    height, width = printed.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    leaning = np.asarray(cv2.warpAffine(printed, matrix, (width, height), borderValue=(255, 255, 255)), dtype=np.uint8)
    page = read_page_image(leaning, 1.0, PLAIN, memo)
    assert page.skew_degrees == pytest.approx(degrees, abs=0.4)
    tops = [word.box.y0 for word in page.layout.words if word.line == 0]
    assert max(tops) - min(tops) < 8
    assert "quick brown dog jumped" in written(page)


def test_words_stand_where_they_are_printed(printed: Pixels, memo: dict[Any, Any]) -> None:
    page = read_page_image(printed, 1.0, PLAIN, memo)
    first = [word for word in page.layout.words if word.line == 0]
    assert [word.text for word in first[:4]] == ["This", "is", "a", "lot"]
    assert first[0].box.x0 == pytest.approx(36, abs=10)
    assert all(left.box.x1 <= right.box.x0 + 3 for left, right in pairwise(first))
    ink = printed[:, :, 0] < 128
    for word in page.layout.words:
        box = word.box
        assert {type(side) for side in (box.x0, box.y0, box.x1, box.y1, word.size, word.confidence)} == {float}
        assert ink[round(box.y0) : round(box.y1), round(box.x0) : round(box.x1)].any(), word


def test_an_empty_page_has_no_words_and_is_not_turned(memo: dict[Any, Any]) -> None:
    page = read_page_image(np.full((300, 200, 3), 255, np.uint8), 1.0, Cpu(), memo)
    assert page.layout.words == ()
    assert page.rotation_ccw == 0
    assert page.signals["ocr_dropped_share"] == 0.0


def test_a_page_much_longer_than_wide_is_read_in_pieces(printed: Pixels, memo: dict[Any, Any]) -> None:
    strip = np.concatenate([printed] * 5)
    page = read_page_image(strip, 1.0, PLAIN, memo)
    assert written(page).count("This is a lot of 12 point text") == 5
    assert written(page).count("brown dog jumped") == 20


def test_more_pixels_are_requested_once_for_tiny_print(printed: Pixels, memo: dict[Any, Any]) -> None:
    tiny = np.asarray(cv2.resize(np.concatenate([printed] * 6), None, fx=0.24, fy=0.24, interpolation=cv2.INTER_AREA))
    asked = []

    def redraw(side: int) -> Pixels:
        asked.append(side)
        return np.asarray(cv2.resize(tiny, None, fx=1.5, fy=1.5), dtype=np.uint8)

    page = read_page_image(tiny, 3.0, PLAIN, memo, redraw)
    assert asked == [PLAIN.ocr_longest_side]
    assert page.layout.height == pytest.approx(tiny.shape[0] * 3.0, rel=0.01)
