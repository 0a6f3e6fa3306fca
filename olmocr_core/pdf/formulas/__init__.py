"""Equations of a text layer as LaTeX: found by their fonts, composed from the positions of their glyphs."""

from olmocr_core.pdf.formulas.find import Formula, find_formulas, has_math_font
from olmocr_core.pdf.formulas.in_text import drop_incomplete_formulas, make_formula_words, split_ranges

__all__ = [
    "Formula",
    "drop_incomplete_formulas",
    "find_formulas",
    "has_math_font",
    "make_formula_words",
    "split_ranges",
]
