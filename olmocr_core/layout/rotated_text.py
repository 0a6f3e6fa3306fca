"""Rotated pages and words: turn a page upright for layout analysis, and set rotated words apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from olmocr_core.domain.geometry import Box, PageLayout, Region, Ruling, Word
from olmocr_core.layout.lines import group_lines


def find_main_rotation(words: Sequence[Word]) -> int:
    """The writing direction of most characters, a multiple of 90 degrees."""
    counts: Counter[int] = Counter()
    for word in words:
        counts[word.rotation % 360] += len(word.text)
    if not counts:
        return 0
    rotation, count = max(counts.items(), key=lambda item: (item[1], -item[0]))
    return rotation if rotation % 90 == 0 and 10 * count > 6 * counts.total() else 0


def rotate_box(box: Box, rotation: int, width: float, height: float) -> Box:
    """The box on the page turned clockwise by ``rotation``, which puts text of that direction upright."""
    if rotation == 90:
        return Box(height - box.y1, box.x0, height - box.y0, box.x1)
    if rotation == 180:
        return Box(width - box.x1, height - box.y1, width - box.x0, height - box.y0)
    if rotation == 270:
        return Box(box.y0, width - box.x1, box.y1, width - box.x0)
    return box


def rotate_words(words: Sequence[Word], rotation: int, width: float, height: float) -> list[Word]:
    """Words with rotated boxes, and directions relative to the rotated page."""
    return [
        replace(word, box=rotate_box(word.box, rotation, width, height), rotation=(word.rotation - rotation) % 360)
        for word in words
    ]


def make_upright(layout: PageLayout) -> PageLayout:
    """The page turned so that most of its text is upright."""
    rotation = find_main_rotation(layout.words)
    if rotation == 0:
        return layout
    width, height = layout.width, layout.height

    def turn(box: Box) -> Box:
        return rotate_box(box, rotation, width, height)

    return replace(
        layout,
        width=height if rotation % 180 else width,
        height=width if rotation % 180 else height,
        words=tuple(rotate_words(layout.words, rotation, width, height)),
        rulings=tuple(Ruling(turn(ruling.box)) for ruling in layout.rulings),
        images=tuple(turn(box) for box in layout.images),
        regions=tuple(Region(region.kind, turn(region.box), region.score) for region in layout.regions),
        tables=tuple((turn(box), html) for box, html in layout.tables),
    )


def read_rotated_text(words: Sequence[Word], layout: PageLayout) -> list[str]:
    """Rotated words as lines of text, one direction after the other."""
    texts: list[str] = []
    for rotation in sorted({word.rotation for word in words}):
        group = [word for word in words if word.rotation == rotation]
        nearest = round(rotation / 90) % 4 * 90
        turned = rotate_words(group, nearest, layout.width, layout.height)
        texts.extend(line.text for line in group_lines(turned))
    return texts
