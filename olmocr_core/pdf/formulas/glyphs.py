"""The characters of a text page one by one, with the properties that an equation needs."""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from olmocr_core.domain.geometry import Box
from olmocr_core.pdf.fonts import read_font_name
from olmocr_core.pdf.formulas.symbols import MATH_FONT, AtomKind, look_up_symbol
from olmocr_core.pdf.page_transform import PageTransform

_COMMON_SIGNS = frozenset(
    [
        r"\bullet",
        r"\ast",
        r"\dagger",
        r"\ddagger",
        r"\S",
        r"\cdot",
        r"\diamond",
        r"\circ",
        r"\pm",
        r"\mp",
        r"\times",
        r"-",
        r"/",
        r"\{",
        r"\}",
        r"|",
        r"\|",
        r"\setminus",
        r"<",
        r">",
    ]
)
_MIN_PHI_HEIGHT = 0.78
# Output parameters for pdfium; pages are read one at a time.
_OUTPUTS = tuple(ctypes.c_double() for _ in range(6))
_OUTPUT_POINTERS = tuple(ctypes.byref(number) for number in _OUTPUTS)
_ITALIC = re.compile(r"ital|obli|cmti|cmmi|-it\b|slant", re.IGNORECASE)
# Fonts with all of Unicode's alphabets, in which a plain letter is an upright one.
_GREEK_SIGNS = "\u2126\u2206\u00b5"
_UNICODE_MATH = re.compile(r"(?<!Pazo)Math(?:-?(?:Regular|Bold|Book|Identity)\b.*)?$", re.IGNORECASE)
_BOLD = re.compile(r"bold|cmbx|black|-bd\b|demi|cmmib|cmbsy", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character at ``index`` of the text layer; ink box and baseline on the page, in points, y downwards.

    ``tex`` is None if the glyph is unknown; ``math`` says that its font is a math font.
    """

    index: int
    char: str
    font: str
    size: float
    box: Box
    base: float
    tex: str | None
    kind: AtomKind
    math: bool

    @property
    def is_distinctive(self) -> bool:
        """Whether it occurs in equations and hardly elsewhere."""
        return (
            (self.math or self.greek)
            and self.tex is not None
            and self.tex not in _COMMON_SIGNS
            and self.kind not in ("punct", "accent")
            and (not self.char.isdigit())
        )

    @property
    def greek(self) -> bool:
        """Whether it is a Greek letter: TeX takes upright capitals from the text font."""
        return "\u0391" <= self.char <= "\u03c9" or self.char in _GREEK_SIGNS

    @property
    def upright(self) -> bool:
        """Whether it is a letter of a name rather than of a variable."""
        if self.math:
            return self.letter and self.char.isascii() and bool(_UNICODE_MATH.search(self.font))
        return self.letter and not self.italic and not self.greek

    @property
    def letter(self) -> bool:
        """Whether it is a letter, in running text or in an equation."""
        return self.char.isalpha() and self.kind != "accent"

    @property
    def italic(self) -> bool:
        """Whether its font is italic."""
        return bool(_ITALIC.search(self.font))

    @property
    def bold(self) -> bool:
        """Whether its font is bold."""
        return bool(_BOLD.search(self.font))


def read_glyphs(
    textpage: pdfium.PdfTextPage, codes: Sequence[int], indices: Sequence[int], transform: PageTransform
) -> list[Glyph | None]:
    """Read a glyph for each character; None for spaces and for characters that pdfium inserted."""
    raw = textpage.raw
    styles: dict[int, tuple[str, float, bool]] = {}
    return [
        _read_glyph(raw, at, code, index, styles, transform)
        for at, (code, index) in enumerate(zip(codes, indices, strict=True))
    ]


def _read_glyph(
    raw: Any, at: int, code: int, index: int, styles: dict[int, tuple[str, float, bool]], transform: PageTransform
) -> Glyph | None:
    handle = pdfium_c.FPDFText_GetTextObject(raw, index)
    if not handle:
        return None
    address = ctypes.addressof(handle.contents)
    if address not in styles:
        styles[address] = _read_style(raw, index, handle)
    font, size, math_font = styles[address]
    char = chr(code)
    if size < 0.5 or (not math_font and (code <= 0x20 or char.isspace())):
        return None
    x0, x1, y0, y1, x, y = _OUTPUTS
    pdfium_c.FPDFText_GetCharBox(raw, index, *_OUTPUT_POINTERS[:4])
    pdfium_c.FPDFText_GetCharOrigin(raw, index, *_OUTPUT_POINTERS[4:])
    box = transform.to_page_box(x0.value, y1.value, x1.value, y0.value)
    if box.width < 0.01 and box.height < 0.01:
        return None
    known = look_up_symbol(char, font)
    tex: str | None
    kind: AtomKind
    tex, kind = known or (None, "ord")
    if tex in (r"\phi", r"\varphi"):
        # Many files mix up the names and code points of the two; only one reaches as high as a capital.
        tex = r"\phi" if box.height > _MIN_PHI_HEIGHT * size else r"\varphi"
    return Glyph(at, char, font, size, box, transform.to_page_point(x.value, y.value)[1], tex, kind, math_font)


def _read_style(raw: Any, index: int, handle: Any) -> tuple[str, float, bool]:
    name = read_font_name(pdfium_c.FPDFTextObj_GetFont(handle))
    matrix = pdfium_c.FS_MATRIX()
    scale = 1.0
    if pdfium_c.FPDFText_GetMatrix(raw, index, ctypes.byref(matrix)):
        scale = math.hypot(matrix.c, matrix.d)
    return name, float(pdfium_c.FPDFText_GetFontSize(raw, index)) * scale, bool(MATH_FONT.search(name))
