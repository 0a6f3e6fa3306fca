"""Footnotes after the text."""

from __future__ import annotations

from olmocr_core.domain.geometry import Box, Ruling
from olmocr_core.layout import transcribe_layout
from olmocr_core.layout.blocks import Block, build_blocks
from olmocr_core.layout.footnotes import mark_footnotes
from olmocr_core.layout.lines import group_lines
from tests.core.layout.pages import line, lines, page, prose


def test_footnotes_come_after_the_text() -> None:
    left = [*lines(prose("left", 44), 50, 80), *line("1 A note of the left column.", 50, 640, size=8)]
    text = transcribe_layout(page(left, lines(prose("right", 46), 320, 80))).text

    assert text.endswith("1 A note of the left column.")


def column(*blocks: tuple[str, float, float], height: float = 12.0) -> list[Block]:
    """Paragraphs: text, top, and type size."""
    return [build_blocks(group_lines(line(text, 50, y, size)), 10.0)[0] for text, y, size in blocks]


def kinds(blocks: list[Block], rulings: tuple[Ruling, ...] = ()) -> list[str]:
    return [block.kind for block in mark_footnotes(blocks, 10.0, 792.0, rulings)]


def test_small_type_behind_a_mark_is_a_footnote_and_so_is_all_below_it() -> None:
    blocks = column(("body of the page", 100, 10), ("1 See the other book.", 600, 8), ("and the next line", 620, 8))
    assert kinds(blocks) == ["paragraph", "footnote", "footnote"]


def test_large_type_and_the_upper_half_of_the_page_hold_no_footnotes() -> None:
    assert kinds(column(("body", 100, 10), ("1 See the other book.", 600, 10))) == ["paragraph", "paragraph"]
    assert kinds(column(("body", 100, 10), ("1 See the other book.", 200, 8))) == ["paragraph", "paragraph"]


def test_a_short_rule_tells_a_footnote_without_a_mark() -> None:
    blocks = column(("body", 100, 10), ("Presented at the meeting.", 600, 8))
    assert kinds(blocks) == ["paragraph", "paragraph"]
    assert kinds(blocks, (Ruling(Box(50, 595, 120, 595)),)) == ["paragraph", "footnote"]
    assert kinds(blocks, (Ruling(Box(50, 595, 500, 595)),)) == ["paragraph", "paragraph"]


def test_a_long_column_is_not_all_footnotes() -> None:
    notes = [(f"{number} See the other book.", 400.0 + 14 * number, 8.0) for number in range(1, 9)]
    assert set(kinds(column(*notes))) == {"paragraph"}
    assert set(kinds(column(*notes[:6]))) == {"footnote"}
