"""Typeset pages with known words in typefaces of the 19th and early 20th century, as grey images."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from scripts.scans import texts

Gray = npt.NDArray[np.uint8]
_FONTS = Path("/usr/share/fonts")
# Text, typeface and size in points of the pages for each kind of damage.
STYLES = (
    (texts.prose, "truetype/fonts-oldstandard/OldStandard-Regular.ttf", 10.0),
    (texts.prose, "opentype/ebgaramond/EBGaramond12-Regular.otf", 9.0),
    (texts.prose, "truetype/adf/BaskervaldADFStd.otf", 8.0),
    (texts.letter, "truetype/gnutypewriter/GNUTypewriter.ttf", 9.5),
    (texts.names, "truetype/fonts-century-catalogue/Century-Catalogue.ttf", 8.5),
    (texts.german, "opentype/didot/GFSDidot.otf", 9.0),
)
PACKAGES = (
    "dict-devil fortunes-de fonts-oldstandard fonts-ebgaramond fonts-adf-baskervald fonts-gnutypewriter "
    "fonts-century-catalogue fonts-gfs-didot"
)
_WIDTH, _HEIGHT, _MARGIN = 5.5, 8.5, 0.6


@dataclass(frozen=True)
class Page:
    """A page at ``dpi`` with dark ink on white paper, and its words from top to bottom."""

    image: Gray
    words: tuple[str, ...]
    dpi: int


def find_missing_files() -> list[str]:
    """Find the missing files of the Debian packages."""
    files = [texts.PROSE, texts.GERMAN, *(_FONTS / font for _, font, _ in STYLES)]
    return [str(file) for file in files if not file.exists()]


def make_page(style: int, seed: int, dpi: int) -> Page:
    """Make the page of a style; the same for the same arguments."""
    source, font_file, points = STYLES[style]
    rng = random.Random(f"{style}-{seed}")
    font = ImageFont.truetype(str(_FONTS / font_file), round(points / 72 * dpi))
    sheet = Image.new("L", (round(_WIDTH * dpi), round(_HEIGHT * dpi)), 255)
    draw = ImageDraw.Draw(sheet)
    skip, y, words = 1.25 * points / 72 * dpi, _MARGIN * dpi, []
    width = (_WIDTH - 2 * _MARGIN) * dpi
    for paragraph in source(rng):
        lines = list(_broken(paragraph.split(), font, width, 0.2 * dpi))
        if y + len(lines) * skip > (_HEIGHT - _MARGIN) * dpi:
            continue
        for number, line in enumerate(lines):
            indent = 0.2 * dpi if number == 0 else 0.0
            _set(draw, line, (_MARGIN * dpi + indent, y), width - indent, font, justify=number < len(lines) - 1)
            words += line
            y += skip
    return Page(np.asarray(sheet), tuple(words), dpi)


def _broken(words: list[str], font: ImageFont.FreeTypeFont, width: float, indent: float) -> Iterator[list[str]]:
    line: list[str] = []
    room = width - indent
    for word in words:
        if line and font.getlength(" ".join([*line, word])) > room:
            yield line
            line, room = [], width
        line.append(word)
    if line:
        yield line


def _set(
    draw: ImageDraw.ImageDraw,
    line: list[str],
    at: tuple[float, float],
    width: float,
    font: ImageFont.FreeTypeFont,
    *,
    justify: bool,
) -> None:
    x, y = at
    space = font.getlength(" ")
    if justify and len(line) > 1:
        space = (width - sum(font.getlength(word) for word in line)) / (len(line) - 1)
    for word in line:
        draw.text((x, y), word, fill=20, font=font)
        x += font.getlength(word) + space
