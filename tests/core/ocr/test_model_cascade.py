"""Which pages and lines the small model reads again."""

from __future__ import annotations

from typing import Any

import pytest

from olmocr_core.domain.settings import Cpu
from olmocr_core.ocr import model_cascade
from olmocr_core.ocr.model_cascade import MAX_REREAD_WIDTH, find_doubtful_lines, is_hard_page, measure_crop_width
from olmocr_core.ocr.models import Pixels
from olmocr_core.ocr.page import read_page_image
from olmocr_core.ocr.weights import SMALL
from olmocr_core.ocr.words import ReadLine
from tests.core.ocr.lines import line_box, line_text
from tests.core.ocr.phototest import PLAIN, TRUTH, written

AUTO = Cpu(ocr_model="auto", layout_model=False)


def test_only_the_doubtful_lines_of_a_hard_page_are_read_again() -> None:
    lines = [
        ReadLine(line_box(y), line_text("some text", sure)) for y, sure in ((0, 0.99), (40, 0.8), (80, 0.6), (120, 0.1))
    ]
    assert is_hard_page(lines)
    assert not is_hard_page(lines[:1] * 9 + lines[1:2])
    assert find_doubtful_lines(lines) == [2, 1]


def test_reading_again_has_a_limit() -> None:
    line = ReadLine(line_box(0, length=2000), line_text("long line", 0.6))
    chosen = find_doubtful_lines([line] * 50)
    assert 0 < len(chosen) * measure_crop_width(line.box) <= MAX_REREAD_WIDTH


@pytest.mark.parametrize("is_hard", [False, True])
def test_only_hard_pages_are_read_by_the_small_model(
    printed: Pixels, memo: dict[Any, Any], monkeypatch: pytest.MonkeyPatch, is_hard: bool
) -> None:
    if is_hard:
        monkeypatch.setattr(model_cascade, "HARD_PAGE_CONFIDENCE", 0.999)
    reader = ("recogniser", SMALL.model)
    mine = {key: value for key, value in memo.items() if key != reader}
    page = read_page_image(printed, 1.0, AUTO, mine)
    assert (reader in mine) is is_hard
    assert written(page) == TRUTH


def test_too_much_text_is_read_again_only_where_it_is_doubtful(
    printed: Pixels, memo: dict[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = read_page_image(printed, 1.0, PLAIN, memo)
    for limit, value in (
        ("HARD_PAGE_CONFIDENCE", 0.999),
        ("DOUBTFUL_LINE_CONFIDENCE", 0.999),
        ("MAX_SMALL_WIDTH", 1000),
    ):
        monkeypatch.setattr(model_cascade, limit, value)
    page = read_page_image(printed, 1.0, AUTO, memo)
    assert page.confidence > fast.confidence
    assert written(page) == TRUTH
