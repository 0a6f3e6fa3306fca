"""A scan as if it lay flat: without its lean and without the bend of a page near a book's gutter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from olmocr_core.ocr.deskew import MIN_DEGREES, deskew, estimate_skew
from olmocr_core.ocr.detect import DetectedText, LineBox, detect_text
from olmocr_core.ocr.dewarp import Warp, dewarp, estimate_warp
from olmocr_core.ocr.models import Network, Pixels


@dataclass(frozen=True, slots=True)
class RectifiedImage:
    """The image as it is read, the lines on it, and what was done to it: degrees clockwise, and a bend or None."""

    image: Pixels
    lines: Sequence[LineBox]
    skew: float
    warp: Warp | None

    def apply_to(self, image: Pixels) -> Pixels:
        """Another drawing of the same page, of any size, made flat in the same way."""
        if self.skew:
            image = deskew(image, self.skew)
        return dewarp(image, self.warp) if self.warp else image


def rectify(detection: Network, image: Pixels, bands: DetectedText, side: int, *, known: bool) -> RectifiedImage:
    """The upright page made flat, where it is not.

    ``bands`` were found on some drawing of it; ``known`` says that it was this one, at this longest side.
    """
    skew = estimate_skew(bands.lines)
    if abs(skew) < MIN_DEGREES:
        skew = 0.0
    image = deskew(image, skew) if skew else image
    if skew or not known:
        bands = detect_text(detection, image, side)
    warp = estimate_warp(bands.curves, image.shape[1], image.shape[0])
    if warp is not None:
        image = dewarp(image, warp)
        bands = detect_text(detection, image, side)
    return RectifiedImage(image, bands.lines, skew, warp)
