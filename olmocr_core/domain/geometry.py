"""Geometry of a page, from a text layer or from OCR: points, origin at the top left, y downwards.

Coordinates are those of the visible page: after its /Rotate, inside its visible box.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

RegionKind = Literal["text", "title", "figure", "figure_caption", "table", "table_caption", "header", "footer",
                     "reference", "equation"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with x0 <= x1 and y0 <= y1."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        """Horizontal extent in points."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Vertical extent in points."""
        return self.y1 - self.y0

    @property
    def center(self) -> tuple[float, float]:
        """The middle, as (x, y)."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def union(self, other: Box) -> Box:
        """Return the smallest box around both."""
        return Box(min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1))

    def overlap(self, other: Box) -> float:
        """The area of the intersection in square points."""
        width = min(self.x1, other.x1) - max(self.x0, other.x0)
        height = min(self.y1, other.y1) - max(self.y0, other.y0)
        return width * height if width > 0 and height > 0 else 0.0


def enclose(boxes: Iterable[Box]) -> Box:
    """Return the smallest box around one or more boxes."""
    found = list(boxes)
    return Box(
        min(box.x0 for box in found),
        min(box.y0 for box in found),
        max(box.x1 for box in found),
        max(box.y1 for box in found),
    )


# The font name of a word that is an equation.
EQUATION = "math"


@dataclass(frozen=True, slots=True)
class Word:
    """Characters without a space. ``size`` is the font size in points; OCR derives it from the height of the line.

    ``confidence`` is that of the recogniser, 1.0 for a text layer. ``line`` numbers the line if the source knows it
    (OCR), else -1. ``rotation`` is the writing direction in counter-clockwise degrees, 0 for upright.
    """

    text: str
    box: Box
    size: float
    bold: bool = False
    italic: bool = False
    font: str = ""
    confidence: float = 1.0
    line: int = -1
    rotation: int = 0

    @property
    def is_equation(self) -> bool:
        """Whether it is an equation, composed as LaTeX from a text layer; OCR does not produce these."""
        return self.font == EQUATION


@dataclass(frozen=True, slots=True)
class Ruling:
    """A straight horizontal or vertical line on the page; thin rectangles count."""

    box: Box

    @property
    def is_horizontal(self) -> bool:
        """Whether it is wider than high."""
        return self.box.width >= self.box.height


@dataclass(frozen=True, slots=True)
class Region:
    """A block that a layout model detected, with its score from 0 to 1."""

    kind: RegionKind
    box: Box
    score: float


@dataclass(frozen=True, slots=True)
class PageLayout:
    """One page as boxes: the input of layout analysis, from a text layer or from OCR. Sides in points.

    The shares, from 0 to 1, count characters of the text layer: invisible ones (a hidden OCR layer under a scan), ones
    outside the visible box (not among ``words``), and ones without a Unicode value (U+FFFD or private use).
    """

    width: float
    height: float
    words: tuple[Word, ...]
    rulings: tuple[Ruling, ...] = ()
    images: tuple[Box, ...] = ()
    regions: tuple[Region, ...] = ()
    tables: tuple[tuple[Box, str], ...] = ()
    invisible_share: float = 0.0
    outside_share: float = 0.0
    unmapped_share: float = 0.0
