"""Recognise rows of symbols: read each as one picture, and its raised and lowered parts once more by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from olmocr_core.ocr.formulas.connected_components import Blob, bounding_box, is_bar, is_dot
from olmocr_core.ocr.formulas.glyph_voting import vote_on_glyphs
from olmocr_core.ocr.formulas.scripts import Script, TypeMetrics, find_baseline, find_scripts
from olmocr_core.ocr.formulas.signs import READABLE_CHARACTERS, SCRIPT_CHARACTERS, SUBSCRIPTS, SUPERSCRIPTS
from olmocr_core.ocr.formulas.tree import SymbolRow
from olmocr_core.ocr.models import Pixels
from olmocr_core.ocr.recognise import LineText, Recogniser

_WHITE = 255
_AFTER_LETTER = re.compile(r"[A-Za-z)][0-9](?![0-9])")
_DESCENDING = "gjpqy)"
_RAISED, _LOWERED = ({digit: char for char, digit in signs.items()} for signs in (SUPERSCRIPTS, SUBSCRIPTS))
_CONFIDENT_ALONE = 0.8
_MIN_CONFIDENCE = 0.5
_SMALL_LETTER_RATIO = 0.62
# The recogniser places characters this far to the right, in type sizes.
_RECOGNISER_DELAY = 0.08


@dataclass(frozen=True, slots=True)
class RecognisedSpan:
    """A stretch of a row: its text, and its level: 0 on the line, 1 raised, -1 lowered."""

    text: str
    level: int
    confidence: float


def recognise_rows(
    reader: Recogniser, image: Pixels, symbol_rows: Sequence[SymbolRow], size: float
) -> list[list[RecognisedSpan]]:
    """The spans of each symbol row: the row without its scripts, and the scripts; one batch for all rows."""
    metrics = TypeMetrics.measure((blob for symbol_row in symbol_rows for blob in symbol_row.blobs), size)
    scripts = [find_scripts(symbol_row.blobs, metrics) for symbol_row in symbol_rows]
    rows = [_exclude_scripts(symbol_row, group) for symbol_row, group in zip(symbol_rows, scripts, strict=True)]
    whole = [symbol_row.blobs for symbol_row, group in zip(symbol_rows, scripts, strict=True) if group]
    crops = [draw_blobs(image, part, size) for part in rows]
    small = [draw_blobs(image, script.blobs, 0.7 * size) for group in scripts for script in group]
    texts = reader.read_restricted([*crops, *(draw_blobs(image, part, size) for part in whole)], READABLE_CHARACTERS)
    alone, together = iter(reader.read_restricted(small, SCRIPT_CHARACTERS)), iter(texts[len(rows) :])
    wholes = [next(together) if group else None for group in scripts]
    read = [
        _agree_on_scripts(group, [next(alone) for _ in group], whole.text if whole else "", size)
        for group, whole in zip(scripts, wholes, strict=True)
    ]
    texts, read = _vote(rows, texts[: len(rows)], crops, scripts, read, small)
    found = []
    for symbol_row, row, text, whole, group, reading in zip(
        symbol_rows, rows, texts, wholes, scripts, read, strict=True
    ):
        told = [
            _reread_in_row(symbol_row, whole, script, one, size)
            for script, one in zip(group, reading, strict=True)
            if whole
        ]
        if whole and not all(script for script, _ in told):
            found.append(list(split_spans(symbol_row.blobs, whole, [], size)))
        else:
            found.append(list(split_spans(row, text, [*zip(group, told, strict=True)], size)))
    return found


def _reread_in_row(symbol_row: SymbolRow, whole: LineText, script: Script, reading: Reading, size: float) -> Reading:
    """The reading of a script; in doubt, what was read in its place together with the row."""
    if reading[1] > _MIN_CONFIDENCE and reading[0]:
        return reading
    box, edge = bounding_box(script.blobs), 0.12 * size
    spoken = "".join(
        SUPERSCRIPTS.get(char) or SUBSCRIPTS.get(char) or char
        for char, x in zip(whole.text, _locate_characters(symbol_row.blobs, whole, size), strict=True)
        if box.x0 - edge < x < box.x1 + edge and char != " "
    )
    usable = 0 < len(spoken) <= len(script.blobs) and all(char in SCRIPT_CHARACTERS for char in spoken)
    return (spoken, _MIN_CONFIDENCE) if usable else reading


def _locate_characters(blobs: Sequence[Blob], text: LineText, size: float) -> list[float]:
    """The x positions of the characters in a picture of blobs, in pixels of the page."""
    box, edge = bounding_box(blobs), round(0.3 * size)
    return [box.x0 - edge + place * (box.width + 2 * edge) - _RECOGNISER_DELAY * size for place in text.places]


Reading = tuple[str, float]


def _vote(
    rows: Sequence[tuple[Blob, ...]],
    texts: Sequence[LineText],
    crops: Sequence[Pixels],
    scripts: Sequence[Sequence[Script]],
    read: Sequence[Sequence[Reading]],
    small: Sequence[Pixels],
) -> tuple[list[LineText], list[list[Reading]]]:
    """Rows of one character and scripts, after a vote of those that look alike."""
    single = [at for at, row in enumerate(rows) if len(row) == 1]
    ballots = [(texts[at].text.strip(), texts[at].confidence) for at in single] + [
        reading for group in read for reading in group
    ]
    found = iter(vote_on_glyphs([*(crops[at] for at in single), *small], ballots))
    changed = list(texts)
    for at in single:
        text, sure = next(found)
        changed[at] = LineText(text, sure, (0.5,) * len(text), (sure,) * len(text))
    return changed, [[next(found) for _ in group] for group in scripts]


def _exclude_scripts(symbol_row: SymbolRow, scripts: Sequence[Script]) -> tuple[Blob, ...]:
    """The blobs on the line; all of them if there would be none."""
    gone = {id(blob) for script in scripts for blob in script.blobs}
    return tuple(blob for blob in symbol_row.blobs if id(blob) not in gone) or symbol_row.blobs


def _agree_on_scripts(
    scripts: Sequence[Script], read: Sequence[LineText], whole: str, size: float
) -> list[tuple[str, float]]:
    """Readings of scripts: read by themselves, or if doubtful as raised digits of the whole row."""
    raised = [SUPERSCRIPTS[char] for char in whole if char in SUPERSCRIPTS]
    single = [
        at for at, script in enumerate(scripts) if script.raised and bounding_box(script.blobs).width < 0.75 * size
    ]
    told = dict(zip(single, raised, strict=True)) if len(single) == len(raised) else {}
    found = []
    for at, text in enumerate(read):
        doubtful = text.confidence < _CONFIDENT_ALONE or not text.text.strip()
        found.append(
            (told[at], _CONFIDENT_ALONE) if doubtful and at in told else (text.text.replace(" ", ""), text.confidence)
        )
    return found


def draw_blobs(image: Pixels, blobs: Sequence[Blob], size: float) -> Pixels:
    """The blobs alone on white paper, at least as high as a line of this type size."""
    box, edge = bounding_box(blobs), round(0.3 * size)
    x0, y0, x1, y1 = int(box.x0), int(box.y0), int(box.x1), int(box.y1)
    height, width = max(y1 - y0 + 2 * edge, round(1.3 * size)), x1 - x0 + 2 * edge
    top = (height - (y1 - y0)) // 2
    sheet = np.full((height, width, 3), _WHITE, np.uint8)
    for blob in blobs:
        bx0, by0, bx1, by1 = int(blob.box.x0), int(blob.box.y0), int(blob.box.x1), int(blob.box.y1)
        part = sheet[top + by0 - y0 : top + by1 - y0, edge + bx0 - x0 : edge + bx1 - x0]
        ink = cv2.dilate(blob.mask, np.ones((3, 3), np.uint8)).astype(bool)
        part[ink] = image[by0:by1, bx0:bx1][ink]
    return sheet


def split_spans(
    row: Sequence[Blob], text: LineText, scripts: Sequence[tuple[Script, tuple[str, float]]], size: float
) -> Iterator[RecognisedSpan]:
    """The row's characters, with the scripts between them in place."""
    at, places = 0, _locate_characters(row, text, size)
    text = replace(text, text=place_digits(text.text, places, row, size))
    for script, (reading, sure) in scripts:
        middle = bounding_box(script.blobs).center[0]
        stop = next((index for index in range(at, len(places)) if places[index] > middle), len(places))
        if text.text[at:stop].strip():
            yield RecognisedSpan(text.text[at:stop], 0, text.confidence)
        yield RecognisedSpan(reading, 1 if script.raised else -1, sure)
        at = stop
    if text.text[at:].strip():
        yield RecognisedSpan(text.text[at:], 0, text.confidence)


def place_digits(text: str, places: Sequence[float], row: Sequence[Blob], size: float) -> str:
    """Raise or lower digits right after letters, as they stand: in poor print they touch their letters.

    ``places`` are the x positions of the characters in pixels.
    """
    solid = [blob for blob in row if not is_bar(blob, size) and not is_dot(blob, size)]
    if len(solid) < 1 or not _AFTER_LETTER.search(text):
        return text
    base = find_baseline(solid, _SMALL_LETTER_RATIO * size)
    chars = list(text)
    for found in _AFTER_LETTER.finditer(text):
        at = found.end() - 1
        blob = min(
            solid, key=lambda blob: (max(blob.box.x0 - places[at], places[at] - blob.box.x1, 0.0), blob.box.width)
        )
        foot = (blob.box.y1 - base) / size
        if foot > 0.06 and (blob.box.width < 0.6 * size or text[at - 1] not in _DESCENDING):
            chars[at] = _LOWERED[text[at]]
        elif foot < -0.1 or blob.box.width > 0.6 * size:
            chars[at] = _RAISED[text[at]]
    return "".join(chars)
