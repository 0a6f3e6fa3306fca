"""How much is on a page, and whether anything is: from the pixels alone, because text layers lie."""

from __future__ import annotations

from PIL import Image

_CONTRAST = 56


def measure(image: Image.Image, blank_ink: float) -> tuple[float, bool]:
    """Share of pixels that differ from the background, and whether the page is blank (``ink < blank_ink``)."""
    gray = image if image.mode == "L" else image.convert("L")
    histogram = gray.histogram()
    background = max(range(256), key=histogram.__getitem__)
    inked = sum(histogram[: max(0, background - _CONTRAST)]) + sum(histogram[background + _CONTRAST :])
    ink = inked / (gray.width * gray.height)
    return ink, ink < blank_ink
