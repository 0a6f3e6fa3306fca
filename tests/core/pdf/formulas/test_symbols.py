"""The meaning of glyphs."""

from __future__ import annotations

import pytest

from olmocr_core.pdf.formulas.symbols import AtomKind, look_up_symbol


@pytest.mark.parametrize(
    ("char", "font", "expected"),
    [
        ("∈", "CMSY10", (r"\in", "rel")),
        ("R", "MSBM10", (r"\mathbb{R}", "ord")),
        ("L", "CMSY10", (r"\mathcal{L}", "ord")),
        ("h", "CMSY10", (r"\langle", "open")),
        ("h", "CMMI10", ("h", "ord")),
        ("X", "CMEX10", (r"\sum", "op")),
        ("\x12", "CMEX10", ("(", "open")),
        ("\x0f", "CMMI10", (r"\epsilon", "ord")),
        ("\uf8ef", "CMEX10", ("[", "open")),
        ("φ", "STIXMath", (r"\varphi", "ord")),
        ("\U0001d465", "LatinModernMath", ("x", "ord")),
        ("ŷ", "CMMI10", (r"\hat{y}", "ord")),
        ("0", "CMSY7", (r"\prime", "ord")),
        ("1", "CMSY10", (r"\infty", "ord")),
        ("♣", "LMMathSymbols10-Regular", ("|", "ord")),
        ("Ω", "CMR10", (r"\Omega", "ord")),
        ("\U0001d431", "STIXTwoMath-Regular", (r"\mathbf{x}", "ord")),
        ("\U0001d4a9", "STIXTwoMath-Regular", (r"\mathcal{N}", "ord")),
        ("\u0303", "STIXTwoMath-Regular", ("tilde", "accent")),
        ("\ue000", "CMEX10", None),
        ("語", "Math", None),
    ],
)
def test_the_meaning_of_a_glyph(char: str, font: str, expected: tuple[str, AtomKind] | None) -> None:
    assert look_up_symbol(char, font) == expected
