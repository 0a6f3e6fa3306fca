"""Drawn lines in pixels."""

from __future__ import annotations

import numpy as np

from olmocr_core.ocr.rulings import find_rulings


def test_drawn_lines_are_found_and_letters_are_not(printed: np.ndarray) -> None:
    page = np.full((600, 500, 3), 255, np.uint8)
    page[100:102, 50:450] = 0
    page[100:400, 50:52] = 0
    page[200:260, 200:260] = 0
    found = find_rulings(page)
    assert sorted(ruling.is_horizontal for ruling in found) == [False, True]
    assert find_rulings(printed, band=26) == []
