"""Dewarp curved pages: estimate how far lines of text deviate from straight, and straighten the image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from olmocr_core.ocr.models import Pixels

Numbers = npt.NDArray[np.floating[Any]]

_KNOTS = 12
_STIFFNESS = 0.3
_ITERATIONS = 6
_MIN_LINES = 6
_MIN_ASPECT = 5.0
_SAMPLE_STEP = 8
# The smallest warp, in line thicknesses, that is worth the blur of straightening; and the share of the lines' scatter
# that it must explain: handwriting and charts do not bend alike.
_MIN_WARP = 0.2
_MIN_EXPLAINED = 0.6
_MAX_WARP = 0.15


@dataclass(frozen=True, slots=True)
class Curve:
    """The centre line of a line of text: heights ``ys`` at ``xs``, and its thickness; pixels."""

    xs: Numbers
    ys: Numbers
    thickness: float


@dataclass(frozen=True, slots=True)
class Warp:
    """How far a page's lines are displaced downwards from straight.

    ``weights`` is (2, knots): the displacement at evenly spaced positions across the page, and its change down the
    page.
    """

    weights: Numbers
    width: int
    height: int

    def compute_offsets(self, xs: Numbers, ys: Numbers) -> Numbers:
        """The displacement in pixels at positions of the page; the two arrays have one shape or broadcast."""
        across = _evaluate_hats(xs, self.width)
        down = 2 * ys / self.height - 1
        return np.asarray(across @ self.weights[0] + down * (across @ self.weights[1]), dtype=np.float32)

    @property
    def largest_offset(self) -> float:
        """The largest displacement half way down the page, in pixels."""
        return float(np.abs(self.compute_offsets(np.linspace(0, self.width, 50), np.full(50, self.height / 2.0))).max())


def trace_curves(mask: Pixels, scale: tuple[float, float]) -> list[Curve]:
    """The centre lines of long lines in a text mask (0 and 1).

    ``scale`` is the page's pixels per mask pixel, across and down.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    found = []
    for label in range(1, count):
        x, y, width, height, area = (int(value) for value in stats[label])
        thickness = area / max(width, 1)
        if width < _MIN_ASPECT * thickness or width < 3 * _SAMPLE_STEP or height > 0.5 * width:
            continue
        part = labels[y : y + height, x : x + width] == label
        counts = part.sum(axis=0)
        middles = (part * np.arange(height)[:, None]).sum(axis=0) / np.maximum(counts, 1) + y + 0.5
        edge = max(1, round(thickness / 2))
        at = np.arange(edge, width - edge, _SAMPLE_STEP // 2)
        xs, ys = (at + x + 0.5) * scale[0], middles[at] * scale[1]
        found.append(Curve(xs.astype(np.float32), ys.astype(np.float32), thickness * scale[1]))
    return found


def estimate_warp(curves: Sequence[Curve], width: int, height: int) -> Warp | None:
    """The warp that most lines share; None if lines are straight, few, or bend in different ways."""
    if len(curves) < _MIN_LINES:
        return None
    xs = np.concatenate([curve.xs for curve in curves])
    ys = np.concatenate([curve.ys for curve in curves])
    line = np.repeat(np.arange(len(curves)), [len(curve.xs) for curve in curves])
    down = 2 * np.array([curve.ys.mean() for curve in curves])[line] / height - 1
    hats = _evaluate_hats(xs, width)
    design = np.hstack([hats, down[:, None] * hats])
    weights = _fit_weights(_subtract_line_means(design, line), _subtract_line_means(ys[:, None], line)[:, 0])
    warp = Warp(weights.reshape(2, _KNOTS).astype(np.float32), width, height)
    return warp if _is_worth_correcting(warp, curves, design @ weights, line, ys) else None


def _is_worth_correcting(warp: Warp, curves: Sequence[Curve], fitted: Numbers, line: np.ndarray, ys: Numbers) -> bool:
    band = float(np.median([curve.thickness for curve in curves]))
    moved = _subtract_line_means(fitted[:, None], line)[:, 0]
    scatter = _subtract_line_means(ys[:, None], line)[:, 0]
    before, after = np.abs(scatter).mean(), np.abs(scatter - moved).mean()
    size = float(np.percentile(np.abs(moved), 95))
    return (
        size > _MIN_WARP * band
        and after < (1 - _MIN_EXPLAINED) * before
        and warp.largest_offset < _MAX_WARP * warp.height
    )


def _fit_weights(design: Numbers, target: Numbers) -> Numbers:
    """Weights of least absolute error that change smoothly across the page."""
    smooth = np.zeros((2 * _KNOTS, 2 * _KNOTS))
    second = np.diff(np.eye(_KNOTS), n=2, axis=0)
    for at, stiff in ((0, _STIFFNESS), (_KNOTS, 4 * _STIFFNESS)):
        smooth[at : at + _KNOTS, at : at + _KNOTS] = stiff * second.T @ second + 1e-3 * np.eye(_KNOTS)
    weight = np.ones(len(target))
    solved: Numbers = np.zeros(design.shape[1])
    for _ in range(_ITERATIONS):
        weighted = design * weight[:, None]
        solved = np.linalg.solve(weighted.T @ design + smooth, weighted.T @ target)
        weight = 1 / np.maximum(np.abs(target - design @ solved), 1.0)
    return solved


def _subtract_line_means(values: Numbers, line: np.ndarray) -> Numbers:
    """Values minus the mean of their line: each line may stand at any height."""
    sums = np.zeros((line.max() + 1, values.shape[1]))
    np.add.at(sums, line, values)
    return np.asarray(values - (sums / np.bincount(line)[:, None])[line])


def _evaluate_hats(xs: Numbers, width: int) -> Numbers:
    """Linear hat functions of the knots at each position; shape (*xs, knots)."""
    place = np.clip(np.asarray(xs) / max(width, 1), 0, 1) * (_KNOTS - 1)
    return np.asarray(np.maximum(0.0, 1 - np.abs(place[..., None] - np.arange(_KNOTS))))


def dewarp(image: Pixels, warp: Warp) -> Pixels:
    """Straighten an image of the page, of any size; same size."""
    height, width = image.shape[:2]
    scale = warp.height / height
    rows = np.arange(height, dtype=np.float32) * scale
    across = _evaluate_hats(np.arange(width) * (warp.width / width), warp.width)
    # The hat functions have corners; the drawn image must not.
    soft = max(3, 2 * round(width / _KNOTS / 4) + 1)
    flat, fan = (cv2.blur((across @ part)[None].astype(np.float32), (soft, 1))[0] for part in warp.weights)
    shift = (flat[None] + (2 * rows / warp.height - 1)[:, None] * fan[None]) / scale
    map_y = np.arange(height, dtype=np.float32)[:, None] + shift.astype(np.float32)
    map_x = np.repeat(np.arange(width, dtype=np.float32)[None], height, axis=0)
    moved = cv2.remap(image, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, dtype=np.uint8)
