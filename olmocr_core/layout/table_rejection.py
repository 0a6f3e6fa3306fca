"""Reasons to reject a table where words merely align: justified prose, equations, chance alignment in OCR."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from olmocr_core.domain.geometry import Word
from olmocr_core.layout.equations import has_operator, measure_math_share
from olmocr_core.layout.grid import Segment, is_numeric, split_row
from olmocr_core.layout.lines import Line

# Justified text has gaps up to this many type sizes; table columns are further apart.
_MAX_JUSTIFIED_GAP = 2.5


def is_from_ocr(words: Sequence[Word]) -> bool:
    """Whether the words come from OCR, whose boxes and sizes are estimates."""
    return any(word.confidence < 1.0 for word in words)


def looks_like_equations(lines: Sequence[Line], texts: Sequence[str]) -> bool:
    """Whether the cells are pieces of displayed equations."""
    signs = sum(1 for text in texts if has_operator(text) and not is_numeric(text))
    return signs >= max(2, 0.2 * len(texts)) or (signs >= 1 and measure_math_share(lines) > 0.3)


def looks_like_prose(lines: Sequence[Line], around: Sequence[Line], texts: Sequence[str], size: float) -> bool:
    """Whether the rows are lines of running text with accidental gaps; ``around`` are the lines above and below.

    Such rows are as wide as the text around them, or their cells continue in the middle of a sentence.
    """
    rows = [split_row(line, 0.8 * size) for line in lines]
    widest = [max(b.x0 - a.x1 for a, b in pairwise(row)) for row in rows if len(row) > 1]
    figures = sum(1 for text in texts if is_numeric(text))
    if not widest or median(widest) > _MAX_JUSTIFIED_GAP * size or figures > 0.3 * len(texts):
        return False
    return _fills_column(lines, around, size) or _continues_sentences(rows)


def _fills_column(lines: Sequence[Line], around: Sequence[Line], size: float) -> bool:
    full = sum(1 for line in lines if any(_has_same_extent(line, other, size) for other in around))
    return 2 * full >= len(lines)


def _has_same_extent(line: Line, other: Line, size: float) -> bool:
    wide = len(other.words) > 3
    return wide and abs(line.box.x0 - other.box.x0) < size and abs(line.box.x1 - other.box.x1) < size


def _continues_sentences(rows: Sequence[Sequence[Segment]]) -> bool:
    """Whether most parts right of a gap begin with a lower-case letter, as the middle of a sentence does."""
    later = [segment.text for row in rows for segment in row[1:]]
    return len(later) >= 2 and sum(1 for text in later if text[:1].islower()) >= 0.6 * len(later)


def looks_accidental(lines: Sequence[Line], size: float) -> bool:
    """Whether boxes from OCR align too seldom: a table needs three rows with several parts below each other."""
    rows = [row for line in lines if len(row := split_row(line, size)) > 1]
    if len(rows) < 3:
        return True
    parts = [(index, segment) for index, row in enumerate(rows) for segment in row]
    agree = sum(1 for index, segment in parts if _is_aligned(index, segment, parts, 0.7 * size))
    return agree < 0.75 * len(parts)


def _is_aligned(index: int, segment: Segment, parts: Sequence[tuple[int, Segment]], reach: float) -> bool:
    return any(
        abs(segment.x0 - other.x0) < reach
        or abs(segment.x1 - other.x1) < reach
        or abs(segment.x0 + segment.x1 - other.x0 - other.x1) < 2 * reach
        for row, other in parts
        if row != index
    )
