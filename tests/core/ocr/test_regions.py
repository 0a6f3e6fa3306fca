"""Layout regions: what the outputs of the layout model mean."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest

from olmocr_core.domain.geometry import Box, RegionKind
from olmocr_core.ocr.models import ModelCache
from olmocr_core.ocr.regions import find_regions
from olmocr_core.ocr.weights import LAYOUT

KINDS = get_args(RegionKind)
BINS = 8


class Scripted:
    """Answers with regions at these cells of the coarsest level: (column, row), kind, score."""

    def __init__(self, *seen: tuple[tuple[int, int], str, float]) -> None:
        self.seen = seen

    def run(self, batch: np.ndarray) -> list[np.ndarray]:
        assert batch.shape == (1, 3, 800, 608)
        shapes = [(-(-608 // stride), -(-800 // stride)) for stride in (8, 16, 32, 64)]
        scores = [np.zeros((1, across * down, len(KINDS)), np.float32) for across, down in shapes]
        # All distances are equally likely: each side is (BINS - 1) / 2 strides from the centre of its cell.
        distances = [np.zeros((1, across * down, 4 * BINS), np.float32) for across, down in shapes]
        for (column, row), kind, score in self.seen:
            scores[-1][0, row * shapes[-1][0] + column, KINDS.index(kind)] = score
        return [*scores, *distances]


def found(*seen: tuple[tuple[int, int], str, float]) -> list[tuple[str, float]]:
    regions = find_regions(Scripted(*seen), np.zeros((800, 608, 3), np.uint8))  # type: ignore[arg-type]
    return [(region.kind, round(region.score, 2)) for region in regions]


def test_boxes_are_in_pixels_of_the_image_and_inside_of_it() -> None:
    image: Any = np.zeros((1600, 1216, 3), np.uint8)
    (region,) = find_regions(Scripted(((5, 6), "table", 0.9)), image)  # type: ignore[arg-type]
    centre_x, centre_y, reach = 5.5 * 64 * 2, 6.5 * 64 * 2, 3.5 * 64 * 2
    sides = (region.box.x0, region.box.y0, region.box.x1, region.box.y1)
    assert sides == pytest.approx((centre_x - reach, centre_y - reach, centre_x + reach, centre_y + reach))
    (corner,) = find_regions(Scripted(((0, 0), "table", 0.9)), image)  # type: ignore[arg-type]
    assert corner.box == Box(0, 0, 512, 512)


def test_the_most_confident_regions_come_first_and_weak_ones_not_at_all() -> None:
    assert found(((1, 1), "table", 0.5), ((8, 11), "title", 0.8), ((8, 1), "figure", 0.39)) == [
        ("title", 0.8),
        ("table", 0.5),
    ]


def test_overlapping_regions_of_a_kind_are_suppressed() -> None:
    assert found(((4, 5), "table", 0.6), ((5, 5), "table", 0.7)) == [("table", 0.7)]


def test_regions_of_two_kinds_may_overlap_but_not_coincide() -> None:
    assert len(found(((4, 5), "table", 0.6), ((5, 5), "figure", 0.7))) == 2
    assert found(((4, 5), "table", 0.6), ((4, 5), "figure", 0.7)) == [("figure", 0.7)]


def test_the_model_finds_nothing_on_an_empty_page(models: ModelCache) -> None:
    assert find_regions(models.load_network(LAYOUT), np.full((1000, 760, 3), 255, np.uint8)) == []
