"""Skew, and its correction."""

from __future__ import annotations

import numpy as np

from olmocr_core.ocr.rectify import deskew, estimate_skew
from tests.core.ocr.lines import line_box


def test_skew_is_what_most_long_lines_lean_by() -> None:
    assert estimate_skew([line_box(y, slope=2.0) for y in range(0, 200, 40)] + [line_box(300, slope=-9)]) == 2.0
    assert estimate_skew([line_box(10, slope=2.0), line_box(50, slope=2.0)]) == 0.0
    assert estimate_skew([line_box(y, slope=y / 10.0 - 8) for y in range(0, 160, 20)]) == 0.0
    assert estimate_skew([line_box(y, length=60, slope=3) for y in range(0, 200, 40)]) == 0.0


def test_new_corners_have_the_paper_colour() -> None:
    paper = np.full((200, 300, 3), (240, 230, 200), np.uint8)
    assert (deskew(paper, 5.0) == (240, 230, 200)).all()
