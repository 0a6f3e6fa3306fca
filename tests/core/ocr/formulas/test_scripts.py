"""Superscripts, subscripts and type metrics."""

from __future__ import annotations

import pytest

from olmocr_core.ocr.formulas.scripts import TypeMetrics, find_scripts
from tests.core.ocr.formulas.sheet import SIZE, Sheet


@pytest.mark.parametrize(
    ("sheet", "raised"),
    [
        (Sheet().write(50, 200, "x").write(76, 184, "2", 24).write(110, 200, "A"), [True]),
        (
            Sheet().write(50, 200, "x").write(76, 184, "2", 24).write(100, 200, "y").write(124, 184, "2", 24),
            [True, True],
        ),
        (Sheet().write(50, 200, "xA").write(102, 206, "2", 28), [False]),
        (Sheet().write(50, 200, "z").write(76, 206, "n", 28), [False]),
        (Sheet().write(50, 200, "xgA, yo"), []),
    ],
)
def test_small_characters_above_and_below_the_line_are_scripts(sheet: Sheet, raised: list[bool]) -> None:
    kind = TypeMetrics(SIZE, 22.0)
    assert [script.raised for script in find_scripts(sheet.blobs, kind)] == raised


def test_the_height_of_small_letters_is_measured() -> None:
    assert TypeMetrics.measure(Sheet().write(50, 200, "xmoanAB").blobs, SIZE).small == pytest.approx(22, abs=2)
    assert TypeMetrics.measure([], SIZE).small == pytest.approx(0.62 * SIZE)
