"""Blocks of a page that only its Markdown is known of: what engines without boxes write."""

from __future__ import annotations

import re
from collections.abc import Iterator

from olmocr_core.domain.models import BlockType, PageBlock

_FENCE = re.compile(r"(```|~~~~).*", re.DOTALL)
_LIST_ITEM = re.compile(r"(?:[-*+]|\d{1,9}[.)])\s+\S")


def split_markdown(text: str, box: tuple[float, float, float, float]) -> Iterator[PageBlock]:
    """The pieces between empty lines, by the way they begin; each has the same ``box``, that of the page."""
    for piece in _pieces(text):
        marks = len(piece) - len(piece.lstrip("#"))
        if 1 <= marks <= 6 and piece[marks : marks + 1] == " " and "\n" not in piece:
            yield PageBlock(type="heading", box=box, text=piece, level=marks)
        elif _LIST_ITEM.match(piece):
            yield from (PageBlock(type="list", box=box, text=line) for line in piece.split("\n") if line.strip())
        else:
            yield PageBlock(type=_type_of(piece), box=box, text=piece)


def _type_of(piece: str) -> BlockType:
    if piece.startswith("<table"):
        return "table"
    if piece.startswith(("```", "~~~~")):
        return "code"
    is_display = (piece.startswith(r"\[") and piece.endswith(r"\]")) or (
        piece.startswith("$$") and piece.endswith("$$")
    )
    return "equation" if is_display else "paragraph"


def _pieces(text: str) -> Iterator[str]:
    """What empty lines part; code in a fence and tables are whole."""
    waiting, end = "", ""
    for part in text.split("\n\n"):
        if waiting:
            waiting = f"{waiting}\n\n{part}"
        elif part.strip():
            waiting = part.strip("\n")
            end = "</table>" if part.startswith("<table") else found[1] if (found := _FENCE.match(part)) else ""
        closed = not end or (waiting.rstrip().endswith(end) and len(waiting.strip()) > len(end))
        if waiting and closed:
            yield waiting
            waiting = ""
    if waiting:
        yield waiting
