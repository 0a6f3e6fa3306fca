"""A sheet of paper to write formulas on."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from olmocr_core.domain.geometry import Box, Word
from olmocr_core.ocr.formulas.connected_components import (
    Blob,
    find_blobs,
)
from olmocr_core.ocr.models import Pixels

# Letters of 40 pixels have bands from which a type size of 28 is measured.
TYPE, SIZE = 40.0, 28.0


class Sheet:
    """White paper to write on."""

    def __init__(self, width: int = 900, height: int = 500) -> None:
        self.image = Image.new("RGB", (width, height), "white")
        self.draw = ImageDraw.Draw(self.image)

    def write(self, x: int, base: int, text: str, size: float = TYPE) -> Sheet:
        self.draw.text((x, base), text, fill="black", font=ImageFont.load_default(size), anchor="ls")
        return self

    def bar(self, x0: int, x1: int, y: int) -> Sheet:
        self.draw.rectangle((x0, y, x1, y + 3), fill="black")
        return self

    def over(self, x: int, width: int, base: int, above: str, below: str) -> Sheet:
        self.bar(x, x + width, base - 14)
        return self.write(x + 8, base - 26, above).write(x + 8, base + 28, below)

    @property
    def pixels(self) -> Pixels:
        return np.asarray(self.image)

    @property
    def blobs(self) -> list[Blob]:
        return find_blobs(self.pixels, SIZE)


def words(*lines: tuple[str, int]) -> list[Word]:
    return [
        Word(text, Box(20 + 80 * at, base - 35, 90 + 80 * at, base + 8), SIZE, confidence=0.95, line=number)
        for number, (line, base) in enumerate(lines)
        for at, text in enumerate(line.split())
    ]
