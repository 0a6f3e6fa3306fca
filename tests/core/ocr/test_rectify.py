"""Skew, and its correction."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from olmocr_core.ocr.detect import DetectedText
from olmocr_core.ocr.rectify import deskew, estimate_skew, rectify
from tests.core.ocr.lines import line_box


def test_skew_is_what_most_long_lines_lean_by() -> None:
    assert estimate_skew([line_box(y, slope=2.0) for y in range(0, 200, 40)] + [line_box(300, slope=-9)]) == 2.0
    assert estimate_skew([line_box(10, slope=2.0), line_box(50, slope=2.0)]) == 0.0
    assert estimate_skew([line_box(y, slope=y / 10.0 - 8) for y in range(0, 160, 20)]) == 0.0
    assert estimate_skew([line_box(y, length=60, slope=3) for y in range(0, 200, 40)]) == 0.0


def test_new_corners_have_the_paper_colour() -> None:
    paper = np.full((200, 300, 3), (240, 230, 200), np.uint8)
    assert (deskew(paper, 5.0) == (240, 230, 200)).all()


class Blind:
    """A network that finds nothing, and counts how often it looked."""

    def __init__(self) -> None:
        self.calls = 0

    def run(self, batch: np.ndarray) -> list[np.ndarray]:
        self.calls += 1
        return [np.zeros((1, 1, *batch.shape[2:]), np.float32)]


PAPER = np.full((400, 300, 3), 240, np.uint8)


def test_a_straight_page_is_returned_as_it_is() -> None:
    network, lines = Blind(), [line_box(y, slope=0.1) for y in range(0, 200, 40)]
    found = rectify(network, PAPER, DetectedText(lines, []), 320, known=True)  # type: ignore[arg-type]
    assert (found.skew, found.warp, network.calls) == (0.0, None, 0)
    assert found.image is PAPER
    assert found.lines == lines


def test_lines_are_detected_again_on_a_deskewed_or_larger_image() -> None:
    network, lines = Blind(), [line_box(y, slope=3.0) for y in range(0, 200, 40)]
    found = rectify(network, PAPER, DetectedText(lines, []), 320, known=True)  # type: ignore[arg-type]
    assert (found.skew, network.calls, found.lines) == (3.0, 1, [])
    rectify(network, PAPER, DetectedText([], []), 320, known=False)  # type: ignore[arg-type]
    assert network.calls == 2


def test_another_drawing_is_rectified_in_the_same_way() -> None:
    lines = [line_box(y, slope=3.0) for y in range(0, 200, 40)]
    found = rectify(Blind(), PAPER, DetectedText(lines, []), 320, known=True)  # type: ignore[arg-type]
    leaning = np.full((800, 600, 3), 255, np.uint8)
    cv2.line(leaning, (100, 385), (500, 406), (0, 0, 0), 4)
    rows = np.flatnonzero((found.apply_to(leaning)[:, :, 0] < 128).any(axis=1))
    assert np.ptp(rows) < 10
    assert np.ptp(np.flatnonzero((leaning[:, :, 0] < 128).any(axis=1))) > 20


@pytest.mark.parametrize("degrees", [-8.0, 2.5])
def test_deskewing_undoes_a_rotation(degrees: float) -> None:
    page = np.full((400, 600, 3), 255, np.uint8)
    page[195:205, 100:500] = 0
    leaning = deskew(page, -degrees)
    assert np.ptp(np.flatnonzero((leaning[:, :, 0] < 128).any(axis=1))) > 20
    assert np.ptp(np.flatnonzero((deskew(leaning, degrees)[:, :, 0] < 128).any(axis=1))) < 14
