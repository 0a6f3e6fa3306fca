"""Group the lines of one column into blocks: paragraphs, list items, captions and code."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Literal

from olmocr_core.domain.geometry import Box
from olmocr_core.layout.equations import has_displayed_latex, has_prose, is_displayed_equation
from olmocr_core.layout.lines import Line, is_rtl

BlockKind = Literal["paragraph", "heading", "item", "code", "table", "footnote", "caption"]

_CJK_START = re.compile("[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
BULLETS = "•◦▪▫‣⁃●○■□◆◇►▶➢➤✓✔✗❖·∙\uf0b7\uf0a7\uf0d8\uf076\uf0fc"
_BULLET = re.compile(rf"^(?:[{BULLETS}]|[-–—*](?=\s))\s*(?=\S)")
_NUMBERED = re.compile(
    r"^(?:\((?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})\)|(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]|\[\d{1,3}\])\s+\S"
)
# Wingdings draws ticks and ticked boxes for these letters: content, not bullets.
_TICKS = frozenset("xRSTþýüûPO")
_CODE_SIGNS = re.compile(r"[;{}<>=|]|\w\(|^[$#>%]\s|^\s*(?:import|from|def|return)\b")
_CAPTION = re.compile(r"^(?:Figure|Fig\.|FIGURE|FIG\.|Table|TABLE|Abbildung|Tabelle|Tableau)\s*[\dIVXA-Z]+\b")


@dataclass(frozen=True)
class Block:
    """A piece of the page in its final order. ``text`` is filled for tables, whose HTML is made elsewhere."""

    kind: BlockKind
    lines: tuple[Line, ...]
    box: Box
    text: str = ""
    level: int = 0


@dataclass(frozen=True, slots=True)
class ColumnMetrics:
    """Typical values of one column: margins, type size, and gap between lines, in points."""

    left: float
    right: float
    size: float
    gap: float


def build_blocks(lines: Sequence[Line], body_size: float, *, code: bool = True) -> list[Block]:
    """Split the lines of one column, top to bottom, into blocks.

    ``code`` says that monospaced type means code (on a typewritten page it does not).
    """
    if not lines:
        return []
    column = _measure_column(lines, body_size)
    blocks: list[list[Line]] = []
    for line in lines:
        if blocks and not _starts_block(blocks[-1], line, column, code=code):
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return [_make_block(group, code=code) for group in blocks]


def has_list_marker(text: str) -> bool:
    """Whether a text starts with a bullet or number as list items do."""
    return bool(_BULLET.match(text) or _NUMBERED.match(text))


def starts_list_item(line: Line) -> bool:
    """Whether a line starts a list item. Word processors draw a bullet as a lone ``o`` in a font of its own."""
    return has_list_marker(line.text) or has_drawn_bullet(line)


def has_drawn_bullet(line: Line) -> bool:
    """Whether the first word is a letter (``o``, or one in Wingdings) that stands for a bullet."""
    if len(line.words) < 2 or len(line.words[0].text) != 1:
        return False
    first, second = line.words[0], line.words[1]
    symbol = bool(re.search(r"wingding|symbol|dingbat", first.font, re.IGNORECASE))
    return (symbol and first.text not in _TICKS) or (first.text == "o" and first.font != second.font)


def strip_bullet(text: str) -> str | None:
    """The text after a bullet, or None without a bullet."""
    found = _BULLET.match(text)
    return text[found.end() :] if found else None


def is_caption(text: str) -> bool:
    """Whether a text starts like the caption of a figure or table."""
    return bool(_CAPTION.match(text))


def _make_block(group: list[Line], *, code: bool) -> Block:
    box = group[0].box
    for line in group[1:]:
        box = box.union(line.box)
    text = group[0].text
    kind: BlockKind = "paragraph"
    if code and all(line.mono for line in group) and (len(group) > 1 or _CODE_SIGNS.search(text)):
        kind = "code"
    elif is_caption(text):
        kind = "caption"
    elif starts_list_item(group[0]):
        kind = "item"
    return Block(kind, tuple(group), box)


def _measure_column(lines: Sequence[Line], body_size: float) -> ColumnMetrics:
    wide = [line for line in lines if len(line.words) > 1] or list(lines)
    gaps = [b.box.y0 - a.box.y1 for a, b in itertools.pairwise(lines) if b.box.y0 > a.box.y0]
    return ColumnMetrics(
        left=_find_common_value([line.box.x0 for line in wide], body_size),
        right=max(line.box.x1 for line in wide),
        size=body_size,
        gap=_measure_usual_gap(gaps, body_size),
    )


def _measure_usual_gap(gaps: Sequence[float], size: float) -> float:
    """The gap between lines of a paragraph in points; larger than the type size only on a double-spaced page."""
    near = sorted(gap for gap in gaps if gap < size)
    wide = [gap for gap in gaps if size <= gap < 2.2 * size]
    if len(wide) >= 4 and len(wide) > 2 * len(near):
        usual = median(wide)
        if sum(1 for gap in wide if abs(gap - usual) < 0.25 * size) >= 0.7 * len(wide):
            return usual
    return near[len(near) // 3] if near else 0.2 * size


def _find_common_value(values: Sequence[float], size: float) -> float:
    """The value that most others are close to (the smallest of equals)."""
    tolerance = 0.4 * size
    ordered = sorted(values)
    best, best_count, low = ordered[0], 0, 0
    for high, value in enumerate(ordered):
        while value - ordered[low] > tolerance:
            low += 1
        if high - low + 1 > best_count:
            best, best_count = ordered[low], high - low + 1
    return best


def _starts_block(block: list[Line], line: Line, column: ColumnMetrics, *, code: bool) -> bool:
    """Whether ``line`` starts a new block after the lines in ``block``."""
    last = block[-1]
    size = min(last.size, line.size)
    if has_displayed_latex(last) or has_displayed_latex(line):
        return True
    if code and last.mono and line.mono:
        return line.box.y0 - last.box.y1 > 2.5 * size
    gap = line.box.y0 - last.box.y1
    usual = column.gap if len(block) < 2 else _measure_block_gap(block, column)
    if gap > usual + 0.45 * size or gap < -1.5 * size:
        return True
    if abs(last.size - line.size) > 0.14 * max(last.size, line.size) and min(len(last.text), len(line.text)) > 2:
        return True
    if (code and last.mono != line.mono) or _style_changes(last, line, column):
        return True
    if starts_list_item(line) and (starts_list_item(block[0]) or line.box.x0 >= column.left + 0.3 * size):
        return True
    if _is_display_boundary(block, line, column) or _is_spread_boundary(last, line, column):
        return True
    return _starts_by_indent(block, line, column) or _breaks_early(block, line, column)


def _is_display_boundary(block: list[Line], line: Line, column: ColumnMetrics) -> bool:
    """Whether a displayed equation begins or ends between two lines; pieces of one fraction stay together."""
    last, size = block[-1], column.size
    before, now = (is_displayed_equation(one, column.left, size) for one in (last, line))
    if not before and not now:
        return False
    if line.box.y0 - last.box.y1 < 0.1 * size and not (has_prose(last.text) or has_prose(line.text)):
        return False
    start = block[0].words[min(1, len(block[0].words) - 1)].box.x0 if starts_list_item(block[0]) else last.box.x0
    return before or line.box.x0 > start + size


def _is_spread_boundary(last: Line, line: Line, column: ColumnMetrics) -> bool:
    """Whether a line of widely spaced parts begins or ends here, and no sentence continues."""
    goes_on = line.text[:1].islower() and len(last.words) > 2
    return not goes_on and (_is_spread(last, column) or _is_spread(line, column))


def measure_widest_gap(line: Line) -> float:
    """The widest gap between two words of a line in points; the gap after a bullet or number does not count."""
    words = sorted(line.words, key=lambda word: word.box.x0)[1 if starts_list_item(line) else 0 :]
    return max((b.box.x0 - a.box.x1 for a, b in itertools.pairwise(words)), default=0.0)


def _is_spread(line: Line, column: ColumnMetrics) -> bool:
    """Whether the parts of a line are far apart, like a label and its value, and not merely justified."""
    size = max(column.size, line.size)
    filled = line.box.x0 < column.left + 2 * size and line.box.x1 > column.right - size
    return measure_widest_gap(line) > (4 if filled else 2) * size


def _measure_block_gap(block: list[Line], column: ColumnMetrics) -> float:
    gaps = [b.box.y0 - a.box.y1 for a, b in itertools.pairwise(block)]
    return max(median(gaps), column.gap)


def _style_changes(last: Line, line: Line, column: ColumnMetrics) -> bool:
    if last.bold == line.bold:
        return False
    short = last.box.x1 < column.right - 3 * column.size
    return short or (last.bold and last.text.endswith((".", ":")))


def _starts_by_indent(block: list[Line], line: Line, column: ColumnMetrics) -> bool:
    """Whether the left edge (the right edge in right-to-left scripts) shows that a paragraph starts."""
    last = block[-1]
    size = max(column.size, 1.0)
    if is_rtl(line.text):
        ragged = last.box.x0 > column.left + 4 * size
        return ragged and line.box.x1 < column.right - 0.8 * size
    step = line.box.x0 - last.box.x0
    short = last.box.x1 < column.right - 5 * size
    closed = last.text.endswith((".", "!", "?", ":", "。", ".”", '."', ";"))
    if starts_list_item(block[0]):
        return step < -0.8 * size and short
    aside = (closed and _stands_aside(last, line, size)) or _stands_aside(line, last, 2 * size)
    if aside and not line.text[:1].islower():
        return True
    if 0.7 * size < step < 6 * size and len(block) > 0 and last.box.x0 <= column.left + 0.5 * size:
        return not (len(block) == 1 and not short and not closed)
    if step < -0.8 * size and len(block) >= 2 and abs(last.box.x0 - block[-2].box.x0) < 0.4 * size:
        return True
    return bool(short and closed and abs(step) < 0.5 * size)


def _stands_aside(line: Line, aside: Line, size: float) -> bool:
    """Whether a few words stand far to the right of a line, like a letter's signature or date."""
    return aside.box.x0 - line.box.x0 >= 6 * size and len(aside.words) <= 6 and has_prose(aside.text)


def _breaks_early(block: list[Line], line: Line, column: ColumnMetrics) -> bool:
    """Whether the next line's first word had room on the last line, so that the line was broken on purpose."""
    size, last = column.size, block[-1]
    if last.bold or last.size > 1.1 * size or line.text[:1].islower() or is_rtl(line.text):
        return False
    indent, room = last.box.x0 - column.left, column.right - last.box.x1
    if indent > size and abs(indent - room) < 3 * size:
        return False
    wide = _CJK_START.match(line.text)
    first = line.size if wide else line.words[0].box.width
    return room > first + (2 * size if wide else 4 * size if starts_list_item(block[0]) else 1.5 * size)


def relabel_block(block: Block, kind: BlockKind, level: int = 0) -> Block:
    """The same block with another kind and level."""
    return replace(block, kind=kind, level=level)
