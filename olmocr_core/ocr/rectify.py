"""A scan as if it lay flat: without its lean and without the bend of a page near a book's gutter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from olmocr_core.ocr.deskew import MIN_DEGREES, skew_of, straighten
from olmocr_core.ocr.detect import Bands, LineBox, detect_bands
from olmocr_core.ocr.dewarp import Bend, bend_of, unbent
from olmocr_core.ocr.models import Network, Pixels


@dataclass(frozen=True, slots=True)
class Flat:
    """The image as it is read, the lines on it, and what was done to it: degrees clockwise, and a bend or None."""

    image: Pixels
    lines: Sequence[LineBox]
    skew: float
    bend: Bend | None

    def alike(self, image: Pixels) -> Pixels:
        """Another drawing of the same page, of any size, made flat in the same way."""
        if self.skew:
            image = straighten(image, self.skew)
        return unbent(image, self.bend) if self.bend else image


def flattened(detection: Network, image: Pixels, bands: Bands, side: int, *, known: bool) -> Flat:
    """The upright page made flat, where it is not.

    ``bands`` were found on some drawing of it; ``known`` says that it was this one, at this longest side.
    """
    skew = skew_of(bands.lines)
    if abs(skew) < MIN_DEGREES:
        skew = 0.0
    image = straighten(image, skew) if skew else image
    if skew or not known:
        bands = detect_bands(detection, image, side)
    bend = bend_of(bands.curves, image.shape[1], image.shape[0])
    if bend is not None:
        image = unbent(image, bend)
        bands = detect_bands(detection, image, side)
    return Flat(image, bands.lines, skew, bend)
