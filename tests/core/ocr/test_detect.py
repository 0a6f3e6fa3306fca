"""Lines from a map of text probability."""

from __future__ import annotations

import numpy as np

from olmocr_core.ocr.detect import extract_line_boxes


def test_bands_of_heat_become_lines_a_little_larger_than_the_band() -> None:
    heat = np.zeros((100, 300), np.float32)
    heat[40:52, 50:250] = 0.9
    heat[80:82, 10:14] = 0.9  # a speck
    heat[10:20, 10:100] = 0.35  # too weak
    (line,) = extract_line_boxes(heat)
    x0, y0, x1, y1 = line.bounds
    assert x0 < 50 < 250 < x1 < 265
    assert y0 < 40 < 52 < y1 < 66
