"""Equations of scans: split ink into connected components, read it in small parts, and compose LaTeX."""

from olmocr_core.ocr.formulas.find import insert_formulas
from olmocr_core.ocr.formulas.prose import is_mathematical

__all__ = ["insert_formulas", "is_mathematical"]
