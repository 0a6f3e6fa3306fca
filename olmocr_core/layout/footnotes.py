"""Footnotes: small type at the bottom of a column, under a short rule or behind a mark; read after the page's text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from olmocr_core.domain.geometry import Ruling
from olmocr_core.layout.blocks import Block, relabel_block

_MARK = re.compile(r"^(?:\d{1,3}|[*∗†‡§¶‖]{1,3}|\(\d{1,2}\)|\[\d{1,2}\])[.)]?\s*\S")


def mark_footnotes(blocks: Sequence[Block], size: float, height: float, rulings: Sequence[Ruling]) -> list[Block]:
    """Relabel the footnotes of one column: all blocks from the first that starts like one to the end."""
    first = None
    for index in range(len(blocks) - 1, -1, -1):
        block = blocks[index]
        if block.kind not in ("paragraph", "item") or not block.lines or block.box.y0 < 0.45 * height:
            break
        if max(line.size for line in block.lines) > 0.93 * size:
            break
        if _MARK.match(block.lines[0].text) or _is_under_rule(block, rulings):
            first = index
    if first is None or (first == 0 and len(blocks) > 6):
        return list(blocks)
    return [relabel_block(block, "footnote") if index >= first else block for index, block in enumerate(blocks)]


def _is_under_rule(block: Block, rulings: Sequence[Ruling]) -> bool:
    box = block.box
    reach = 1.5 * block.lines[0].size
    for ruling in rulings:
        rule = ruling.box
        near = -2 <= box.y0 - rule.y1 <= reach and rule.x0 < box.x1 and rule.x1 > box.x0 - 2
        if ruling.is_horizontal and near and 15 < rule.width <= 1.1 * max(box.width, 150.0):
            return True
    return False
