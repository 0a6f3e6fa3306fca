"""Restore spaces that the recogniser lost, where the image has gaps as wide as the line's other spaces."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

import cv2
import numpy as np

from olmocr_core.ocr.models import Pixels
from olmocr_core.ocr.recognise import LineText

# Gap unit: the crop's height over 1.45. A space is about a quarter of it, letters are less than a tenth apart.
_BAND_PER_GAP_UNIT = 1.45
_MIN_SPACE_WIDTH = 0.18
_MIN_SPACES = 3
_TORN_RATIO = 0.65
_OPENING_SIGNS = "([{“‘«"
# Letters that are not words by themselves in any Latin language that writes spaces around them.
_NOT_A_WORD = frozenset("bcdfghjklmnpqrstvwxz")
_UNSPACED_SCRIPTS = re.compile("[\u3000-\u30ff\u3400-\u9fff\uac00-\ud7af\uff00-\uffef]")


@dataclass(frozen=True, slots=True)
class _Gap:
    """The gap between the characters ``left`` and ``right`` of a line: width in type sizes, and whether a space was read."""

    left: int
    right: int
    width: float
    spaced: bool


def restore_spaces(text: LineText, crop: Pixels) -> LineText:
    """The line with spaces where its upright ``crop`` has gaps; other scripts stay as read."""
    if len(text.text) < 4 or _UNSPACED_SCRIPTS.search(text.text):
        return text
    gaps = _measure_gaps(text, _find_blank_columns(crop), crop.shape[0] / _BAND_PER_GAP_UNIT)
    spaces = [gap.width for gap in gaps if gap.spaced]
    if len(spaces) < _MIN_SPACES or len(spaces) == len(gaps):
        return text
    letters, usual = median(gap.width for gap in gaps if not gap.spaced), median(spaces)
    changed = {gap.left: _is_space(gap, letters, usual, text.text[gap.left] + text.text[gap.right]) for gap in gaps}
    changed |= {gap.left: False for gap in _find_torn_letters(text.text, gaps, usual)}
    if all(changed[gap.left] == gap.spaced for gap in gaps):
        return text
    return _rebuild_line(text, gaps, changed)


def _is_space(gap: _Gap, letters: float, usual: float, pair: str) -> bool:
    """Whether a gap is a space; ``letters`` and ``usual`` are the line's typical gaps within words and at spaces."""
    if gap.spaced:
        # Removing spaces by their gaps did more harm than good: in stained or poor print letters touch.
        return True
    if pair.isdigit() or not (pair[1].isalnum() or pair[1] in _OPENING_SIGNS) or pair[0] in _OPENING_SIGNS:
        return False
    return gap.width > _MIN_SPACE_WIDTH and gap.width > 0.75 * usual and gap.width > 2.5 * letters


def _find_torn_letters(text: str, gaps: Sequence[_Gap], usual: float) -> Iterator[_Gap]:
    """Gaps that tear one letter off a word ("m ajor"): narrow ones beside a small letter that is not a word."""
    for before, after in pairwise([None, *gaps, None]):
        beside = [gap for gap in (before, after) if gap]
        letter = after.left if after else beside[0].right
        if text[letter] not in _NOT_A_WORD or not all(gap.spaced for gap in beside):
            continue
        gap = min(beside, key=lambda gap: gap.width)
        other = text[gap.left] if gap.right == letter else text[gap.right]
        if gap.width < _TORN_RATIO * usual and other.isalpha() and other.islower():
            yield gap


def _find_blank_columns(crop: Pixels) -> np.ndarray:
    gray = cv2.cvtColor(np.ascontiguousarray(crop), cv2.COLOR_RGB2GRAY)
    edge = gray.shape[0] // 10
    _, light = cv2.threshold(gray, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    ink = light == (0 if light.mean() > 0.5 else 1)
    return np.asarray(ink[edge : gray.shape[0] - edge].sum(axis=0) < max(1, gray.shape[0] // 40))


def _measure_gaps(text: LineText, blank: np.ndarray, size: float) -> list[_Gap]:
    solid = [index for index, char in enumerate(text.text) if char != " "]
    centres = [round(text.places[index] * len(blank)) for index in solid]
    found = []
    for number in range(len(solid) - 1):
        left, right = solid[number], solid[number + 1]
        run = _measure_longest_run(blank[centres[number] : centres[number + 1]])
        found.append(_Gap(left, right, run / max(size, 1.0), right > left + 1))
    return found


def _measure_longest_run(flags: np.ndarray) -> int:
    if not flags.any():
        return 0
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.view(np.int8), [0]))))
    return int((edges[1::2] - edges[::2]).max())


def _rebuild_line(text: LineText, gaps: Sequence[_Gap], changed: dict[int, bool]) -> LineText:
    chars, places, sure = [], [], []
    ends = {gap.left: gap for gap in gaps}
    for index, char in enumerate(text.text):
        if char == " " and 0 < index < len(text.text) - 1:
            continue
        chars.append(char)
        places.append(text.places[index])
        sure.append(text.confidences[index])
        if changed.get(index):
            chars.append(" ")
            places.append((text.places[index] + text.places[ends[index].right]) / 2)
            sure.append(min(text.confidences[index], text.confidences[ends[index].right]))
    return replace(text, text="".join(chars), places=tuple(places), confidences=tuple(sure))
