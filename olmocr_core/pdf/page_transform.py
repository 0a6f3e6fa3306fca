"""The transform from PDF user space (any origin, y upwards) to the visible page (origin top left, y downwards)."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Self

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from olmocr_core.domain.geometry import Box


@dataclass(frozen=True, slots=True)
class PageTransform:
    """The visible box of a page in user space, and the page's clockwise rotation in degrees."""

    left: float
    bottom: float
    right: float
    top: float
    rotate: int

    @classmethod
    def from_page(cls, page: pdfium.PdfPage) -> Self:
        """The visible box as pdfium draws it: crop box within media box."""
        rect = pdfium_c.FS_RECTF()
        if not pdfium_c.FPDF_GetPageBoundingBox(page.raw, ctypes.byref(rect)):
            left, bottom, right, top = page.get_mediabox()
            return cls(left, bottom, right, top, page.get_rotation())
        return cls(rect.left, rect.bottom, rect.right, rect.top, rotate=page.get_rotation())

    @property
    def width(self) -> float:
        """Width of the visible page in points."""
        return self.right - self.left if self.rotate % 180 == 0 else self.top - self.bottom

    @property
    def height(self) -> float:
        """Height of the visible page in points."""
        return self.top - self.bottom if self.rotate % 180 == 0 else self.right - self.left

    def to_page_point(self, x: float, y: float) -> tuple[float, float]:
        """Transform a point of user space to the visible page."""
        x, y = x - self.left, self.top - y
        wide, high = self.right - self.left, self.top - self.bottom
        if self.rotate == 90:
            return high - y, x
        if self.rotate == 180:
            return wide - x, high - y
        if self.rotate == 270:
            return y, wide - x
        return x, y

    def to_page_box(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        """Transform a rectangle of user space, given by any two opposite corners."""
        (ax, ay), (bx, by) = self.to_page_point(x0, y0), self.to_page_point(x1, y1)
        return Box(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))

    def is_visible(self, box: Box) -> bool:
        """Whether the middle of a box on the page lies inside the visible box."""
        x, y = box.center
        return -0.5 <= x <= self.width + 0.5 and -0.5 <= y <= self.height + 0.5
