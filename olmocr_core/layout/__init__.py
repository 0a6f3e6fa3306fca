"""Layout analysis: from boxes to text, with reading order, paragraphs, headings, lists, tables and page furniture."""

from olmocr_core.layout.transcribe import extract_plain_text, transcribe_layout

__all__ = ["extract_plain_text", "transcribe_layout"]
