"""Lines from a map of text probability."""

from __future__ import annotations

import numpy as np
import pytest

from olmocr_core.ocr.detect import LineBox, detect_lines, detect_text, extract_line_boxes
from olmocr_core.ocr.models import Pixels


def test_bands_of_heat_become_lines_a_little_larger_than_the_band() -> None:
    heat = np.zeros((100, 300), np.float32)
    heat[40:52, 50:250] = 0.9
    heat[80:82, 10:14] = 0.9  # a speck
    heat[10:20, 10:100] = 0.35  # too weak
    (line,) = extract_line_boxes(heat)
    x0, y0, x1, y1 = line.bounds
    assert x0 < 50 < 250 < x1 < 265
    assert y0 < 40 < 52 < y1 < 66


class Darkness:
    """A network that takes every dark pixel for text."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def run(self, batch: np.ndarray) -> list[np.ndarray]:
        self.shapes.append(batch.shape[2:])
        return [np.asarray(batch.mean(axis=1, keepdims=True) < 0, dtype=np.float32)]


def sheet(height: int, width: int, *tops: int) -> Pixels:
    """White paper with black bands, 12 high, at these heights."""
    image = np.full((height, width, 3), 255, np.uint8)
    for top in tops:
        image[top : top + 12, 40 : width - 40] = 0
    return image


def test_the_upright_rectangle_of_a_leaning_line() -> None:
    line = LineBox(cx=100, cy=50, length=80, thickness=20, tilt=90, score=1)
    assert line.bounds == pytest.approx((90, 10, 110, 90))
    assert not line.is_column
    assert LineBox(100, 50, 20, 80, 0, 1).is_column


def test_lines_are_in_pixels_of_the_image_whatever_the_network_saw() -> None:
    network, image = Darkness(), sheet(640, 480, 100, 300, 500)
    lines = detect_lines(network, image, 320)  # type: ignore[arg-type]
    assert network.shapes == [(320, 256)]
    assert [round(line.cy) for line in lines] == pytest.approx([106, 306, 506], abs=3)
    assert all(line.length > 380 for line in lines)


def test_a_long_page_is_seen_in_pieces_and_every_line_once() -> None:
    network, tops = Darkness(), list(range(60, 3900, 120))
    found = detect_text(network, sheet(4000, 400, *tops), 1280)  # type: ignore[arg-type]
    assert len(network.shapes) == 6
    assert [round(line.cy) for line in found.lines] == pytest.approx([top + 6 for top in tops], abs=3)
    assert found.curves == []


def test_slopes_of_long_lines_are_kept_and_those_of_short_ones_are_noise() -> None:
    import cv2

    heat = np.zeros((300, 400), np.float32)
    cv2.line(heat, (50, 100), (350, 115), 0.9, 10)  # type: ignore[call-overload]
    cv2.line(heat, (50, 200), (55, 203), 0.9, 10)  # type: ignore[call-overload]
    long, short = sorted(extract_line_boxes(heat), key=lambda line: line.cy)
    assert long.slope == long.tilt == pytest.approx(2.9, abs=0.4)
    assert short.slope == short.tilt == 0
