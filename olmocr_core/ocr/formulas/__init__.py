"""Equations of scans: ink taken apart by where it stands, read in small pieces, put together as LaTeX."""

from olmocr_core.ocr.formulas.find import with_formulas
from olmocr_core.ocr.formulas.prose import is_mathematical

__all__ = ["is_mathematical", "with_formulas"]
