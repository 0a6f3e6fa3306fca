"""Sampled lines."""

from __future__ import annotations

import numpy as np

from olmocr_core.ocr.models import ModelCache
from olmocr_core.ocr.sample import MAX_SAMPLES, choose_spread_lines, sample_lines
from tests.core.ocr.lines import line_box


def test_samples_are_long_and_short_lines_from_top_to_bottom() -> None:
    lines = [line_box(10.0 * index, length=50 + 17 * index % 300) for index in range(60)]
    chosen = choose_spread_lines(lines)
    assert len(chosen) == MAX_SAMPLES
    assert chosen[0].cy < 100
    assert chosen[-1].cy > 500
    assert choose_spread_lines(lines[:3]) == lines[:3]


def test_sampled_lines_are_read_and_all_lines_are_boxed(printed: np.ndarray, models: ModelCache) -> None:
    samples, boxes = sample_lines(models, printed)
    assert len(samples) == len(boxes) == 8
    assert samples[0].text.startswith("This is a lot of 12 point text")
    assert min(sample.confidence for sample in samples) > 0.9
    assert [sample.box for sample in samples] == boxes
