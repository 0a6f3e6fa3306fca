"""Split lines that were read into words with boxes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from olmocr_core.domain.geometry import Box, Word
from olmocr_core.domain.text_cleaning import clean_text
from olmocr_core.ocr.detect import LineBox
from olmocr_core.ocr.models import Pixels
from olmocr_core.ocr.recognise import LineText, Recogniser, crop_line
from olmocr_core.ocr.spacing import restore_spaces

# Height of a detected line over the type size: 1.2 compared with text layers of born-digital pages, but layout
# analysis, whose distances count in type sizes, then joins paragraphs that 1.45 keeps apart (measured on scans).
BAND_PER_SIZE = 1.45
# The recogniser places characters this far to the right, in type sizes.
_RECOGNISER_DELAY = 0.08


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line, its text, and its writing direction in counter-clockwise degrees.

    ``narrow`` is the best text without East Asian characters, None if ``text`` has none.
    """

    box: LineBox
    text: LineText
    rotation: int = 0
    narrow: LineText | None = None


def read_lines(recogniser: Recogniser, image: Pixels, boxes: Sequence[LineBox]) -> list[ReadLine]:
    """Read all lines; columns of text are tried upwards and downwards, and the more confident reading is kept."""
    crops: list[Pixels] = []
    plan: list[tuple[LineBox, int]] = []
    for box in boxes:
        crop = crop_line(image, box)
        turns = ((90, 3), (270, 1)) if box.is_column else ((0, 0),)
        for rotation, quarters in turns:
            crops.append(np.ascontiguousarray(np.rot90(crop, quarters)))
            plan.append((box, rotation))
    best: dict[int, ReadLine] = {}
    for (box, rotation), crop, (text, narrow) in zip(plan, crops, recogniser.read_with_alternative(crops), strict=True):
        known = best.get(id(box))
        if known is None or text.confidence > known.text.confidence:
            without = restore_spaces(narrow, crop) if narrow else None
            best[id(box)] = ReadLine(box, restore_spaces(text, crop), rotation, without)
    return [best[id(box)] for box in boxes]


def split_into_words(line: ReadLine, number: int) -> Iterator[Word]:
    """The words of one line in pixels; ``number`` becomes their line id."""
    box, text = line.box, line.text
    along = box.thickness if line.rotation else box.length
    band = box.length if line.rotation else box.thickness
    half = _measure_half_character(text.places)
    late = _RECOGNISER_DELAY * band / BAND_PER_SIZE
    for start, stop in _iter_word_ranges(text.text):
        written = clean_text(text.text[start:stop]).strip()
        if not written:
            continue
        sure = text.confidences[start:stop]
        left = _measure_edge(text, start, -half)
        right = _measure_edge(text, stop - 1, half)
        yield Word(
            text=written,
            box=_make_box(line, max(0.0, left * along - late), max(right, left + half) * along - late),
            size=band / BAND_PER_SIZE,
            confidence=round(sum(sure) / len(sure), 4),
            line=number,
            rotation=line.rotation,
        )


def scale_word(word: Word, factor: float) -> Word:
    """The same word in other units."""
    b = word.box
    return replace(word, box=Box(b.x0 * factor, b.y0 * factor, b.x1 * factor, b.y1 * factor), size=word.size * factor)


def _iter_word_ranges(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for index, char in enumerate([*text, " "]):
        if char == " ":
            if index > start:
                yield start, index
            start = index + 1


def _measure_half_character(places: Sequence[float]) -> float:
    if len(places) < 2:
        return 0.3
    steps = np.diff(np.asarray(places))
    return max(float(np.median(steps)) / 2, 0.0)


def _measure_edge(text: LineText, index: int, half: float) -> float:
    """Where a word's outer character ends: half a character out, but at most to the middle of the space."""
    place = text.places[index] + half
    neighbour = index - 1 if half < 0 else index + 1
    if 0 <= neighbour < len(text.places):
        space = text.places[neighbour]
        place = max(place, space) if half < 0 else min(place, space)
    return min(1.0, max(0.0, place))


def _make_box(line: ReadLine, start: float, stop: float) -> Box:
    """A stretch of a line, from ``start`` to ``stop`` pixels along it, as an upright box."""
    box = line.box
    x0, y0, x1, y1 = box.bounds
    # The detected line extends beyond its letters because detection grew it.
    trim = 0.12 * (box.length if line.rotation else box.thickness)
    if line.rotation == 90:
        return Box(x0 + trim, y1 - stop, x1 - trim, y1 - start)
    if line.rotation == 270:
        return Box(x0 + trim, y0 + start, x1 - trim, y0 + stop)
    angle = math.radians(box.tilt)
    across, down = math.cos(angle), math.sin(angle)
    middle = (start + stop) / 2 - box.length / 2
    cx, cy = box.cx + middle * across, box.cy + middle * down
    half_x, half_y = (stop - start) / 2, box.thickness / 2 - trim
    return Box(cx - half_x, cy - half_y, cx + half_x, cy + half_y)
