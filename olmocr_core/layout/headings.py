"""Decide which blocks are headings, and their level: by type size, weight, numbering and the layout model's regions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from olmocr_core.domain.geometry import Region
from olmocr_core.layout.blocks import Block, is_caption, measure_widest_gap, relabel_block, strip_bullet
from olmocr_core.layout.lines import Line

_NUMBERED = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){0,3})\.?\s+[^\W\d_]")
_NAMED = re.compile(r"^(?:chapter \w+|appendix|abstract|references|bibliography|acknowledge?ments?)\b", re.I)
_MAX_CHARS, _MAX_LINES = 180, 4
_LARGE, _LARGE_OCR = 1.12, 1.3


def mark_headings(blocks: Sequence[Block], size: float, regions: Sequence[Region], *, estimated: bool) -> list[Block]:
    """Relabel the blocks that are headings, but never most of a page.

    ``estimated`` says that sizes are line heights from OCR, which vary by chance.
    """
    bold_page = _measure_bold_share(blocks) > 0.5
    levels = [_choose_level(block, size, regions, bold_page, estimated) for block in blocks]
    if _measure_capitals_share(blocks) > 0.6:
        # In a telegram capitals mean nothing.
        levels = [
            0 if level and _is_plain_capitals(b, size) else level for b, level in zip(blocks, levels, strict=True)
        ]
    total = sum(_count_chars(block) for block in blocks)
    heads = sum(_count_chars(block) for block, level in zip(blocks, levels, strict=True) if level)
    if heads > 0.4 * total and sum(1 for level in levels if level) > 2:
        levels = [level if level and level <= 2 else 0 for level in levels]
    return [relabel_block(b, "heading", level) if level else b for b, level in zip(blocks, levels, strict=True)]


def _count_chars(block: Block) -> int:
    return len(block.text) + sum(len(line.text) for line in block.lines)


def _measure_bold_share(blocks: Sequence[Block]) -> float:
    bold = sum(len(line.text) for block in blocks for line in block.lines if line.bold)
    return bold / max(sum(len(line.text) for block in blocks for line in block.lines), 1)


def _measure_capitals_share(blocks: Sequence[Block]) -> float:
    letters = [ch for block in blocks for line in block.lines for ch in line.text if ch.isupper() or ch.islower()]
    return sum(1 for ch in letters if ch.isupper()) / max(len(letters), 1)


def _is_plain_capitals(block: Block, size: float) -> bool:
    return all(line.text.isupper() and not line.bold and line.size < _LARGE_OCR * size for line in block.lines)


def _choose_level(block: Block, size: float, regions: Sequence[Region], bold_page: bool, estimated: bool) -> int:
    """1 to 4, or 0 for no heading."""
    if block.kind not in ("paragraph", "item") or not block.lines or len(block.lines) > _MAX_LINES:
        return 0
    text = " ".join(line.text for line in block.lines)
    if len(text) > _MAX_CHARS or sum(ch.isalpha() for ch in text) < 3 or strip_bullet(text) is not None:
        return 0
    if is_caption(text) or _is_sentence(text) or _has_parts(block, text):
        return 0
    ratio = min(line.size for line in block.lines) / size
    numbered = _NUMBERED.match(text)
    plain = ratio < 1.25 and len(text.split()) > 14 and not all(line.bold for line in block.lines)
    if ratio >= (_LARGE_OCR if estimated else _LARGE) and _is_mostly_letters(text) and not plain:
        return _choose_level_by_size(ratio, numbered)
    strong = not bold_page and all(line.bold for line in block.lines) and ratio > 0.95
    if strong and len(block.lines) <= 2 and not text.endswith((",", ";")):
        return _choose_level_by_number(numbered) or 4
    if _is_title_region(block, regions) or (_is_capitals(block.lines, text) and ratio > 0.75):
        return _choose_level_by_number(numbered) or 3
    return 0


def _is_sentence(text: str) -> bool:
    words = text.split()
    return (len(words) > 9 and text.endswith((".", ";", ","))) or len(words) > 30


def _has_parts(block: Block, text: str) -> bool:
    """Whether the block is a row of labels (in a figure, on a form) in large type; a section number may stand apart."""
    return not _NUMBERED.match(text) and any(measure_widest_gap(line) > 3 * line.size for line in block.lines)


def _is_mostly_letters(text: str) -> bool:
    visible = [ch for ch in text if not ch.isspace()]
    return 2 * sum(ch.isalpha() for ch in visible) >= len(visible)


def _choose_level_by_size(ratio: float, numbered: re.Match[str] | None) -> int:
    by_number = _choose_level_by_number(numbered)
    if by_number:
        return by_number
    return 1 if ratio >= 1.6 else 2 if ratio >= 1.25 else 3


def _choose_level_by_number(numbered: re.Match[str] | None) -> int:
    return min(numbered.group(1).count(".") + 2, 4) if numbered else 0


def _is_capitals(lines: Sequence[Line], text: str) -> bool:
    letters = [ch for ch in text if ch.isalpha()]
    cased = any(ch.islower() or ch.isupper() for ch in letters)
    short = len(lines) == 1 and 4 <= len(letters) <= 70 and 3 * len(letters) > 2 * len(text.replace(" ", ""))
    return (short and cased and text == text.upper()) or (
        len(lines) == 1 and len(text) < 30 and bool(_NAMED.match(text))
    )


def _is_title_region(block: Block, regions: Sequence[Region]) -> bool:
    area = max(block.box.width * block.box.height, 0.1)
    return any(r.kind == "title" and r.box.overlap(block.box) > 0.6 * area for r in regions)
