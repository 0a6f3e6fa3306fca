"""What workers can be asked to do; each function is named by the pool as ``olmocr_core.pdf.worker_ops:NAME``."""

from __future__ import annotations

from olmocr_core.pdf.inspect import complete_info, inspect_document
from olmocr_core.pdf.read_text_layer import read_layer
from olmocr_core.pdf.render import render_page

__all__ = ["complete_info", "inspect_document", "read_layer", "render_page"]
