"""Equations of a text layer as LaTeX: found by their fonts, put together from where their glyphs stand."""

from olmocr_core.pdf.formulas.find import Formula, find_formulas, has_math_font
from olmocr_core.pdf.formulas.in_text import formula_words, part_ranges, whole_formulas

__all__ = ["Formula", "find_formulas", "formula_words", "has_math_font", "part_ranges", "whole_formulas"]
