"""A page's boxes to its transcription: what stands in the margins is set apart, the rest becomes Markdown in order."""

from __future__ import annotations

from olmocr_core.geometry import PageLayout
from olmocr_core.layout.blocks import build_blocks
from olmocr_core.layout.joining import vocabulary
from olmocr_core.layout.lines import group_lines, typical_size
from olmocr_core.layout.markdown import render
from olmocr_core.layout.order import reading_order
from olmocr_core.models import Transcription


def transcribe(layout: PageLayout) -> Transcription:
    """Layout-aware Markdown of a page; works on any number of words, raises nothing."""
    words = [word for word in layout.words if word.text.strip()]
    if not words:
        return Transcription(text="")
    size = typical_size(words)
    known = vocabulary(word.text for word in words)
    blocks = []
    for part in reading_order(words):
        blocks.extend(build_blocks(group_lines(part), size))
    return Transcription(text=render(blocks, known))


def plain_text(layout: PageLayout) -> str:
    """All words of a page in reading order: a line to a line, an empty line between paragraphs, no markup."""
    words = [word for word in layout.words if word.text.strip()]
    size = typical_size(words)
    paragraphs = []
    for part in reading_order(words):
        for block in build_blocks(group_lines(part), size):
            paragraphs.append("\n".join(line.text for line in block.lines))
    return "\n\n".join(paragraphs)
