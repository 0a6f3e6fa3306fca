"""What rows of characters say: read as one picture, with raised and lowered pieces read once more by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

import cv2
import numpy as np

from olmocr_core.ocr.formulas.ink import Blob, around, is_bar, is_dot
from olmocr_core.ocr.formulas.signs import IN_SCRIPTS, LOW, READABLE, SCRIPTS
from olmocr_core.ocr.formulas.tree import Leaf
from olmocr_core.ocr.formulas.votes import voted
from olmocr_core.ocr.models import Pixels
from olmocr_core.ocr.recognise import LineText, Recogniser

_WHITE = 255
_AFTER_LETTER = re.compile(r"[A-Za-z)][0-9](?![0-9])")
_DESCENDING = "gjpqy)"
_RAISED, _LOWERED = ({digit: char for char, digit in signs.items()} for signs in (SCRIPTS, LOW))
_SURE_ALONE = 0.8
_LEAST = 0.5
# How high the tall characters of a row stand at least and at most, in type sizes as measured by bands of text.
_LOW_ROW, _HIGH_ROW = 0.75, 1.1
# How far to the right of a character the recogniser puts it, in type sizes.
_LATE = 0.08


@dataclass(frozen=True, slots=True)
class Script:
    """Blobs that stand above or below their row, side by side."""

    blobs: tuple[Blob, ...]
    raised: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a row: what was read, and where it hangs: 0 on the line, 1 raised, -1 lowered."""

    text: str
    level: int
    confidence: float


def read_leaves(reader: Recogniser, image: Pixels, leaves: Sequence[Leaf], size: float) -> list[list[Piece]]:
    """The pieces of each leaf: its row without the scripts, and the scripts; one batch for all leaves."""
    scripts = [find_scripts(leaf, size) for leaf in leaves]
    rows = [_row(leaf, group) for leaf, group in zip(leaves, scripts, strict=True)]
    whole = [leaf.blobs for leaf, group in zip(leaves, scripts, strict=True) if group]
    crops = [picture(image, part, size) for part in rows]
    small = [picture(image, script.blobs, 0.7 * size) for group in scripts for script in group]
    texts = reader.read_only([*crops, *(picture(image, part, size) for part in whole)], READABLE)
    alone, together = iter(reader.read_only(small, IN_SCRIPTS)), iter(texts[len(rows) :])
    wholes = [next(together) if group else None for group in scripts]
    read = [
        _agreed(group, [next(alone) for _ in group], whole.text if whole else "", size)
        for group, whole in zip(scripts, wholes, strict=True)
    ]
    texts, read = _voted(rows, texts[: len(rows)], crops, scripts, read, small)
    found = []
    for leaf, row, text, whole, group, said in zip(leaves, rows, texts, wholes, scripts, read, strict=True):
        if whole and any(sure <= _LEAST or not script for script, sure in said):
            found.append(list(pieces(leaf.blobs, whole, [], size)))
        else:
            found.append(list(pieces(row, text, [*zip(group, said, strict=True)], size)))
    return found


Said = tuple[str, float]


def _voted(
    rows: Sequence[tuple[Blob, ...]],
    texts: Sequence[LineText],
    crops: Sequence[Pixels],
    scripts: Sequence[Sequence[Script]],
    read: Sequence[Sequence[Said]],
    small: Sequence[Pixels],
) -> tuple[list[LineText], list[list[Said]]]:
    """Rows of one character and scripts, after a vote of those that look alike."""
    single = [at for at, row in enumerate(rows) if len(row) == 1]
    ballots = [(texts[at].text.strip(), texts[at].confidence) for at in single] + [
        said for group in read for said in group
    ]
    found = iter(voted([*(crops[at] for at in single), *small], ballots))
    changed = list(texts)
    for at in single:
        text, sure = next(found)
        changed[at] = LineText(text, sure, (0.5,) * len(text), (sure,) * len(text))
    return changed, [[next(found) for _ in group] for group in scripts]


def _row(leaf: Leaf, scripts: Sequence[Script]) -> tuple[Blob, ...]:
    """The blobs on the line; all of them where there would be none."""
    gone = {id(blob) for script in scripts for blob in script.blobs}
    return tuple(blob for blob in leaf.blobs if id(blob) not in gone) or leaf.blobs


def _agreed(scripts: Sequence[Script], read: Sequence[LineText], whole: str, size: float) -> list[tuple[str, float]]:
    """What scripts say, and how sure that is: as read by themselves, in doubt as raised digits of the whole row."""
    raised = [SCRIPTS[char] for char in whole if char in SCRIPTS]
    single = [at for at, script in enumerate(scripts) if script.raised and around(script.blobs).width < 0.75 * size]
    told = dict(zip(single, raised, strict=True)) if len(single) == len(raised) else {}
    found = []
    for at, text in enumerate(read):
        doubtful = text.confidence < _SURE_ALONE or not text.text.strip()
        found.append(
            (told[at], _SURE_ALONE) if doubtful and at in told else (text.text.replace(" ", ""), text.confidence)
        )
    return found


def picture(image: Pixels, blobs: Sequence[Blob], size: float) -> Pixels:
    """The blobs alone on white paper, as high as a line of such type, or higher where they are."""
    box, edge = around(blobs), round(0.3 * size)
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


def find_scripts(leaf: Leaf, size: float) -> list[Script]:
    """Small pieces above the middle of their row, or below its line."""
    solid = [blob for blob in leaf.blobs if not is_bar(blob, size) and not is_dot(blob, size)]
    if len(solid) < 2:
        return []
    tallest = sorted(blob.box.height for blob in solid)[-max(1, len(solid) // 3)]
    tallest = min(max(tallest, _LOW_ROW * size), _HIGH_ROW * size)
    base = _base(solid, tallest)
    levels = _levels(leaf.blobs, base, tallest, size)
    found: list[Script] = []
    for blob, level in zip(leaf.blobs, levels, strict=True):
        if level == 0:
            continue
        last = found[-1] if found else None
        if last and last.raised == (level > 0) and blob.box.x0 - last.blobs[-1].box.x1 < 0.3 * size:
            found[-1] = Script((*last.blobs, blob), last.raised)
        else:
            found.append(Script((blob,), level > 0))
    return found


def _base(solid: Sequence[Blob], tall: float) -> float:
    """Where most blobs of a row end below; the lower of two such heights."""
    bottoms = [blob.box.y1 for blob in solid]
    near = [[other for other in bottoms if abs(other - bottom) < 0.12 * tall] for bottom in bottoms]
    return median(max(near, key=lambda group: (len(list(group)), median(group))))


def _levels(blobs: Sequence[Blob], base: float, tall: float, size: float) -> list[int]:
    """1 for raised pieces, -1 for lowered ones, 0 for those on the line; ``tall`` is the height of capitals there."""
    levels = [0 if _reaches(blob, blobs, base, tall) else _level(blob, base, tall, size) for blob in blobs]
    for at in range(len(blobs) - 2, -1, -1):
        bar, after = blobs[at].box, blobs[at + 1].box
        beside = is_bar(blobs[at], size) and levels[at + 1] != 0 and after.x0 - bar.x1 < 0.35 * size
        if beside and after.y0 < bar.center[1] < after.y1 + 1 and bar.width < 1.6 * after.height:
            levels[at] = levels[at + 1]
    return [level or _of_broken(blob, blobs, levels, size) for blob, level in zip(blobs, levels, strict=True)]


def _reaches(blob: Blob, blobs: Sequence[Blob], base: float, tall: float) -> bool:
    """Whether the foot of a broken character stands under a blob, on the line."""
    box = blob.box
    return any(
        other is not blob
        and box.x0 - 1 <= other.box.center[0] <= box.x1 + 1
        and other.box.width > 0.6 * box.width
        and -0.1 * tall < other.box.y0 - box.y1 < 0.25 * tall
        and abs(other.box.y1 - base) < 0.15 * tall
        for other in blobs
    )


def _of_broken(blob: Blob, blobs: Sequence[Blob], levels: Sequence[int], size: float) -> int:
    """The level of the script that a fragment broke off: one right above or below it."""
    box = blob.box
    if box.height > 0.28 * size or box.width > 0.7 * size:
        return 0
    for other, level in zip(blobs, levels, strict=True):
        white = max(other.box.y0 - box.y1, box.y0 - other.box.y1)
        if level and other.box.x0 - 1 <= box.center[0] <= other.box.x1 + 1 and white < 0.15 * size:
            return level
    return 0


def _level(blob: Blob, base: float, tall: float, size: float) -> int:
    if is_bar(blob, size) or is_dot(blob, size) or blob.box.height > 0.85 * tall:
        return 0
    if blob.box.y1 < base - 0.3 * tall and blob.box.y0 < base - 0.55 * tall:
        return 1
    top, foot = (base - blob.box.y0) / size, (blob.box.y1 - base) / size
    # A comma reaches less high, and is narrow.
    solid = blob.box.width > (0.25 if top > 0.3 else 0.38) * size
    return -1 if foot > 0.06 and top < 0.6 and blob.box.height < 0.75 * size and solid else 0


def pieces(
    row: Sequence[Blob], text: LineText, scripts: Sequence[tuple[Script, tuple[str, float]]], size: float
) -> Iterator[Piece]:
    """The row's characters, and the scripts between them where they stand."""
    box, edge, at = around(row), round(0.3 * size), 0
    places = [box.x0 - edge + place * (box.width + 2 * edge) - _LATE * size for place in text.places]
    text = replace(text, text=with_digits_in_place(text.text, places, row, size))
    for script, (said, sure) in scripts:
        middle = around(script.blobs).center[0]
        stop = next((index for index in range(at, len(places)) if places[index] > middle), len(places))
        if text.text[at:stop].strip():
            yield Piece(text.text[at:stop], 0, text.confidence)
        yield Piece(said, 1 if script.raised else -1, sure)
        at = stop
    if text.text[at:].strip():
        yield Piece(text.text[at:], 0, text.confidence)


def with_digits_in_place(text: str, places: Sequence[float], row: Sequence[Blob], size: float) -> str:
    """The text with digits right after letters raised or lowered as they stand: they touch their letters in poor print.

    ``places`` are the heights' counterparts across: the pixel of each character.
    """
    solid = [blob for blob in row if not is_bar(blob, size) and not is_dot(blob, size)]
    if len(solid) < 1 or not _AFTER_LETTER.search(text):
        return text
    base = _base(solid, size)
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
