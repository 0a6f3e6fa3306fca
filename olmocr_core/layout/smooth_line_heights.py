"""Smooth the heights of lines from OCR: a detected band's height varies by chance, a paragraph's type size does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from olmocr_core.domain.geometry import Box, Word
from olmocr_core.layout.lines import Line

_NEIGHBOURS = 3
# Sizes that differ by more are different type (a heading, a footnote), not noise.
_MAX_SIZE_RATIO = 1.25
# From the foot of a descender to the top of a capital, in type sizes as OCR estimates them.
_LETTER_HEIGHT = 1.1


def smooth_line_heights(lines: Sequence[Line]) -> list[Line]:
    """Give each line of a column (top to bottom) the median type size of its neighbours, and boxes of that height."""
    return [_resize_line(line, _agree_on_size(lines, index)) for index, line in enumerate(lines)]


def _agree_on_size(lines: Sequence[Line], index: int) -> float:
    size = lines[index].size
    near = lines[max(index - _NEIGHBOURS, 0) : index + _NEIGHBOURS + 1]
    return median(line.size for line in near if size / _MAX_SIZE_RATIO <= line.size <= size * _MAX_SIZE_RATIO)


def _resize_line(line: Line, size: float) -> Line:
    return Line(tuple(_resize_word(word, size * word.size / line.size) for word in line.words))


def _resize_word(word: Word, size: float) -> Word:
    middle, half = word.box.center[1], _LETTER_HEIGHT * size / 2
    return replace(word, size=size, box=Box(word.box.x0, middle - half, word.box.x1, middle + half))
