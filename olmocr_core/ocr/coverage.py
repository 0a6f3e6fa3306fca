"""Measure how much of a page's ink its text layer leaves out: text drawn as outlines or pictures has no characters."""

from __future__ import annotations

import io

import cv2
import numpy as np
from PIL import Image

from olmocr_core.domain.geometry import PageLayout
from olmocr_core.ocr.models import Pixels

_LONGEST_SIDE = 644
_INK_CONTRAST = 56


def measure_uncovered_ink(page_image: bytes, layout: PageLayout) -> float:
    """The share of a page's ink outside the words and rulings of its layer, 0 to 1; 0 for a blank page.

    ``page_image`` is an encoded image of the upright page.
    """
    with Image.open(io.BytesIO(page_image)) as image:
        image.draft("L", (_LONGEST_SIDE, _LONGEST_SIDE))
        gray = np.asarray(image.convert("L"))
    paper = int(np.bincount(gray.ravel(), minlength=256).argmax())
    ink = np.abs(gray.astype(np.int16) - paper) > _INK_CONTRAST
    total = int(ink.sum())
    return float((ink & ~_mask_covered(gray, layout)).sum()) / total if total else 0.0


def _mask_covered(gray: Pixels, layout: PageLayout) -> np.ndarray:
    mask = np.zeros(gray.shape, np.uint8)
    across, down = gray.shape[1] / max(layout.width, 1e-6), gray.shape[0] / max(layout.height, 1e-6)
    for box in [*(word.box for word in layout.words), *(ruling.box for ruling in layout.rulings)]:
        corners = (
            (round(box.x0 * across) - 1, round(box.y0 * down) - 1),
            (round(box.x1 * across) + 1, round(box.y1 * down) + 1),
        )
        cv2.rectangle(mask, *corners, color=1, thickness=-1)
    return mask.astype(bool)
