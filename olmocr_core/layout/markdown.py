"""Render blocks as Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from olmocr_core.layout.blocks import Block, has_drawn_bullet, strip_bullet
from olmocr_core.layout.joining import join_text
from olmocr_core.layout.linear_equations import convert_linear_equation
from olmocr_core.layout.lines import Line

# Two displayed equations in succession.
_DISPLAYS = re.compile(r"\\\]\s*\\\[")


def join_blocks(blocks: Sequence[Block], texts: Sequence[str]) -> str:
    """Blocks with their Markdown as one text: an empty line between blocks, none between the items of a list."""
    parts: list[str] = []
    for index, (block, text) in enumerate(zip(blocks, texts, strict=True)):
        if not text:
            continue
        tight = index > 0 and block.kind == "item" and blocks[index - 1].kind == "item"
        if parts:
            parts.append("\n" if tight else "\n\n")
        parts.append(text)
    return "".join(parts)


def render_block(block: Block, known: Set[str]) -> str:
    """One block as Markdown."""
    if block.text:
        return block.text
    if block.kind == "code":
        return _render_code(block.lines)
    text = _DISPLAYS.sub("\\\\]\n\n\\\\[", join_lines(block.lines, known))
    if block.kind == "paragraph" and len(block.lines) == 1 and (latex := convert_linear_equation(text)):
        return rf"\[{latex}\]"
    if block.kind == "heading":
        return f"{'#' * max(block.level, 1)} {text}"
    if block.kind == "item":
        bare = text[1:].lstrip() if has_drawn_bullet(block.lines[0]) else strip_bullet(text)
        return text if bare is None else f"- {bare}"
    return text


def join_lines(lines: Sequence[Line], known: Set[str]) -> str:
    """The text of lines as one paragraph."""
    text = ""
    for line in lines:
        text = join_text(text, line.text, known)
    return text


def _render_code(lines: Sequence[Line]) -> str:
    """Lines with their indentation, fenced."""
    left = min(line.box.x0 for line in lines)
    widths = sorted(word.box.width / len(word.text) for line in lines for word in line.words)
    advance = max(widths[len(widths) // 2], 1.0)
    rows = []
    for line in lines:
        row, edge = " " * round((line.box.x0 - left) / advance), line.box.x0
        for word in line.words:
            row += " " * round((word.box.x0 - edge) / advance) + word.text
            edge = word.box.x1
        rows.append(row)
    fence = "```" if not any("```" in row for row in rows) else "~~~~"
    return "\n".join([fence, *rows, fence])
