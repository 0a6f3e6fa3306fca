"""Glyphs and atoms set by hand: rows of characters in math and text fonts."""

from __future__ import annotations

from olmocr_core.domain.geometry import Box
from olmocr_core.pdf.formulas.atoms import Atom
from olmocr_core.pdf.formulas.glyphs import Glyph
from olmocr_core.pdf.formulas.symbols import AtomKind, look_up_symbol


def atom(tex: str, x: float, base: float = 100.0, size: float = 10.0, kind: AtomKind = "ord") -> Atom:
    """An atom half as wide as its type size, on this baseline."""
    return Atom(tex, kind, Box(x, base - 0.7 * size, x + 0.5 * size, base), base, size)


def row(
    text: str, *, math: str = "xyz", x: float = 0.0, base: float = 100.0, size: float = 10.0, at: int = 0
) -> list[Glyph | None]:
    """A glyph per character, each half as wide as its type size, from index ``at`` on; None for spaces.

    Letters in ``math`` are set in a math font, everything else in a text font.
    """
    made: list[Glyph | None] = []
    for number, char in enumerate(text):
        if char == " ":
            made.append(None)
            continue
        font = "CMMI10" if char in math else "CMR10"
        left = x + 0.5 * size * number
        tex, kind = look_up_symbol(char, font) or (None, "ord")
        box = Box(left, base - 0.7 * size, left + 0.5 * size, base)
        made.append(Glyph(at + number, char, font, size, box, base, tex, kind, math=font == "CMMI10"))
    return made
