"""Equations of scans: ink taken apart by where it stands, read in small pieces, put together as LaTeX."""

from olmocr_core.ocr.formulas.find import insert_formulas
from olmocr_core.ocr.formulas.prose import is_mathematical

__all__ = ["insert_formulas", "is_mathematical"]
