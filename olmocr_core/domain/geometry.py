"""What stands where on a page, whoever found it: a text layer or OCR. Points, origin at the top left, y downwards.

Coordinates are those of the page as a person sees it: after the page's own /Rotate and inside its visible box.
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
        """The smallest box around both."""
        return Box(min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1))

    def overlap(self, other: Box) -> float:
        """The area that both share, in square points."""
        width = min(self.x1, other.x1) - max(self.x0, other.x0)
        height = min(self.y1, other.y1) - max(self.y0, other.y0)
        return width * height if width > 0 and height > 0 else 0.0


def enclosing(boxes: Iterable[Box]) -> Box:
    """The smallest box around one or more."""
    found = list(boxes)
    return Box(
        min(box.x0 for box in found),
        min(box.y0 for box in found),
        max(box.x1 for box in found),
        max(box.y1 for box in found),
    )


# The font that an equation has as a word.
EQUATION = "math"


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters without a space. ``size`` is the font size in points (for OCR: from the height of its line).

    ``confidence`` is the recogniser's, 1.0 for a text layer. ``line`` groups the words of one line where the source
    knows it (OCR), else -1. ``rotation`` is the direction of writing in counter-clockwise degrees, 0 for upright.
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
        """Whether it is an equation that was put together as LaTeX, which no reader of pixels would write."""
        return self.font == EQUATION


@dataclass(frozen=True, slots=True)
class Ruling:
    """A straight horizontal or vertical line that is drawn on the page (thin rectangles count)."""

    box: Box

    @property
    def is_horizontal(self) -> bool:
        """Whether it is wider than high."""
        return self.box.width >= self.box.height


@dataclass(frozen=True, slots=True)
class Region:
    """A block that a layout model saw, with its score from 0 to 1."""

    kind: RegionKind
    box: Box
    score: float


@dataclass(frozen=True, slots=True)
class PageLayout:
    """One page as boxes: the one input of the layout step, for text layers and OCR alike. Sides in points.

    The shares, from 0 to 1, are of the text layer's characters: drawn invisibly (a hidden OCR layer under a scan),
    outside the visible box (those are not among ``words``), and without a Unicode value (U+FFFD or private use).
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
