"""The positions of the characters of a rendered equation, and their neighbours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from olmocr_core.domain.models import Frozen

TOLERANCE_PIXELS = 5.0
NONE = -1
_ZERO_WIDTH = "\u200b"
_ROWS_AT_ONCE = 256
Floats = npt.NDArray[np.float64]


class Symbol(Frozen):
    """A piece of text set by KaTeX, and its box in CSS pixels from the upper left corner of the view."""

    text: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, eq=False)
class Layout:
    """Characters in rendering order, and their centres in pixels, with shape (characters, 2)."""

    chars: str
    centres: Floats

    @cached_property
    def neighbours(self) -> tuple[tuple[int, ...], ...]:
        """Four lists (up, down, left, right) with the index of the nearest neighbour of each character, or -1.

        Neighbours up and down are at most five pixels to the side, left and right at most five pixels higher or lower.
        """
        sides: tuple[list[int], ...] = ([], [], [], [])
        # All distances at once would take gigabytes for an equation as long as a page.
        for start in range(0, len(self.centres), _ROWS_AT_ONCE):
            some = self.centres[start : start + _ROWS_AT_ONCE]
            right, down = (self.centres[None, :, axis] - some[:, None, axis] for axis in (0, 1))
            in_column, in_row = np.abs(right) <= TOLERANCE_PIXELS, np.abs(down) <= TOLERANCE_PIXELS
            found = ((-down, in_column), (down, in_column), (-right, in_row), (right, in_row))
            for side, (distance, aligned) in zip(sides, found, strict=True):
                side += _nearest(distance, aligned)
        return tuple(map(tuple, sides))


def make_layout(symbols: Iterable[Symbol]) -> Layout:
    """Make the layout of symbols; the box of a symbol is divided evenly among its characters."""
    chars: list[str] = []
    centres: list[tuple[float, float]] = []
    for symbol in symbols:
        if symbol.text == _ZERO_WIDTH:
            continue
        count = len(symbol.text)
        for index, char in enumerate(symbol.text):
            left = symbol.x + (symbol.width * index) / count
            chars.append(char)
            centres.append((left + symbol.width / count / 2, symbol.y + symbol.height / 2))
    return Layout("".join(chars), np.array(centres, dtype=np.float64).reshape(-1, 2))


def _nearest(distance: Floats, aligned: npt.NDArray[np.bool_]) -> list[int]:
    wanted = np.where(aligned & (distance > 0), distance, np.inf)
    nearest = wanted.argmin(axis=1)
    there = np.isfinite(np.take_along_axis(wanted, nearest[:, None], axis=1)[:, 0])
    return [int(index) for index in np.where(there, nearest, NONE)]
