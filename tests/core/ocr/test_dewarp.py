"""Curved pages: the warp of their lines, and its correction."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np
import pytest

from olmocr_core.ocr.dewarp import Curve, Warp, dewarp, estimate_warp, trace_curves
from olmocr_core.ocr.models import Pixels

WIDTH, HEIGHT = 900, 1200
Shift = Callable[[np.ndarray, float], np.ndarray]


def gutter(xs: np.ndarray, y: float) -> np.ndarray:
    return 60 * np.exp(-5 * xs / WIDTH) * (1.2 - 0.8 * y / HEIGHT)


def wave(xs: np.ndarray, y: float) -> np.ndarray:
    return 14 * np.sin(6 * xs / WIDTH + 1)


def lines(shift: Shift, start: int = 80, stop: int = 820, count: int = 20) -> list[Curve]:
    """Lines 16 pixels thick; every third is short, like the last line of a paragraph."""
    found = []
    for number in range(count):
        y = 100 + number * 50.0
        xs = np.arange(start, stop if number % 3 else (start + stop) // 2, 4, dtype=np.float32)
        found.append(Curve(xs, (y + shift(xs, y)).astype(np.float32), 16.0))
    return found


@pytest.mark.parametrize("shift", [gutter, wave])
def test_the_warp_that_lines_share_is_estimated(shift: Shift) -> None:
    warp = estimate_warp(lines(shift), WIDTH, HEIGHT)
    assert warp is not None
    for curve in lines(shift):
        left = curve.ys - warp.compute_offsets(curve.xs, curve.ys)
        assert left.max() - left.min() < 6.0


def test_straight_few_or_unrelated_lines_give_no_warp() -> None:
    assert estimate_warp(lines(lambda xs, y: 0.5 * np.sin(xs)), WIDTH, HEIGHT) is None
    assert estimate_warp(lines(gutter, count=5), WIDTH, HEIGHT) is None
    rng = np.random.default_rng(4)
    own = {y: float(rng.uniform(0, 6)) for y in range(100, 1100, 50)}
    assert estimate_warp(lines(lambda xs, y: 14 * np.sin(6 * xs / WIDTH + own[int(y)])), WIDTH, HEIGHT) is None


def test_an_image_of_another_size_is_dewarped_too() -> None:
    sheet = np.full((HEIGHT, WIDTH), 255, np.uint8)
    for y in range(100, 1100, 50):
        sheet[y - 5 : y + 5, 80:820] = 0
    ys, xs = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    bent = cv2.remap(
        sheet, xs, (ys - 14 * np.sin(6 * xs / WIDTH + 1)).astype(np.float32), cv2.INTER_LINEAR, borderValue=255
    )
    for scale in (1.0, 1.5):
        large = cv2.resize(bent, None, fx=scale, fy=scale)
        found = _measured(bent)
        assert found is not None
        flat = dewarp(cv2.cvtColor(large, cv2.COLOR_GRAY2RGB), found)
        assert flat.shape[:2] == large.shape
        assert _scatter(flat[:, :, 0]) < 2.5 * scale < _scatter(large)


def _measured(sheet: Pixels) -> Warp | None:
    curves = trace_curves(np.asarray(sheet < 128, dtype=np.uint8), (1.0, 1.0))
    assert len(curves) == 20
    return estimate_warp(curves, WIDTH, HEIGHT)


def _scatter(sheet: Pixels) -> float:
    """The largest deviation of a line from straight, except at its ends."""
    curves = trace_curves(np.asarray(sheet < 128, dtype=np.uint8), (1.0, 1.0))
    return max(float(np.ptp(curve.ys[4:-4])) for curve in curves)


def test_only_long_bands_have_a_curve_and_scales_apply() -> None:
    mask = np.zeros((100, 300), np.uint8)
    mask[10:20, 20:280] = 1
    mask[40:60, 20:60] = 1
    (curve,) = trace_curves(mask, (2.0, 3.0))
    assert curve.thickness == pytest.approx(30.0)
    assert curve.ys == pytest.approx(np.full(len(curve.ys), 45.0))
    assert 40 < curve.xs.min() < curve.xs.max() < 560
    assert all(b > a for a, b in pairwise(curve.xs.tolist()))
