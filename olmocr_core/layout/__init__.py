"""From boxes to text: reading order, paragraphs, headings, lists, tables and page furniture."""

from olmocr_core.layout.transcribe import plain_text, transcribe

__all__ = ["plain_text", "transcribe"]
