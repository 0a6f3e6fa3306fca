"""Characters that pdfium returns split or out of order: surrogate pairs, accents drawn as separate glyphs, Arabic marks."""

from __future__ import annotations

import unicodedata

import numpy as np
import numpy.typing as npt

# Spacing accents and their combining counterparts.
_SPACING_TO_COMBINING = {
    0x60: 0x300, 0xB4: 0x301, 0x5E: 0x302, 0x2C6: 0x302, 0x2DC: 0x303, 0xA8: 0x308, 0x2C7: 0x30C, 0x2D8: 0x306,
    0x2DA: 0x30A, 0xB8: 0x327, 0x2DD: 0x30B, 0xAF: 0x304, 0x2C9: 0x304, 0x2D9: 0x307, 0x2DB: 0x328, 0x2CA: 0x301,
}  # fmt: skip
_SEARCH_REACH = 150
_ARABIC_MARKS = (0x64B, 0x652)
_ALEFS = (0x622, 0x623, 0x625, 0x627)


def join_surrogate_pairs(codes: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Join, in place, the two codes that pdfium returns for a character beyond U+FFFF.

    Returns a mask of the second codes of the pairs.
    """
    second: npt.NDArray[np.bool_] = np.zeros(len(codes), dtype=bool)
    high = (codes[:-1] >= 0xD800) & (codes[:-1] < 0xDC00)
    second[1:] = high & (codes[1:] >= 0xDC00) & (codes[1:] < 0xE000)
    at = np.flatnonzero(second)
    codes[at - 1] = 0x10000 + ((codes[at - 1] - 0xD800) << 10) + (codes[at] - 0xDC00)
    return second


def compose_accents(codes: npt.NDArray[np.int64], boxes: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Combine each accent with the letter near it, in place; return which characters remain.

    ``boxes`` is (n, 4): x0, y1, x1, y0 in user space. A space that only made room for an accent is dropped with it.
    """
    keep = np.ones(len(codes), dtype=bool)
    for at in np.flatnonzero(np.isin(codes, list(_SPACING_TO_COMBINING))).tolist():
        letter = _find_letter_under(at, codes, boxes)
        if letter is None:
            continue
        whole = unicodedata.normalize("NFC", chr(codes[letter]) + chr(_SPACING_TO_COMBINING[int(codes[at])]))
        if len(whole) != 1:
            continue
        codes[letter] = ord(whole)
        keep[at] = False
        _drop_spaces_around(at, codes, boxes, keep)
    return keep


def _find_letter_under(at: int, codes: npt.NDArray[np.int64], boxes: npt.NDArray[np.float64]) -> int | None:
    x0, y1, x1, y0 = boxes[at]
    middle, height = (x0 + x1) / 2, max(y1 - y0, 1.0)
    best, chosen = 0.5, None
    for index in range(max(at - _SEARCH_REACH, 0), min(at + _SEARCH_REACH + 1, len(codes))):
        if index == at or not chr(codes[index]).isalpha():
            continue
        left, _top, right, bottom = boxes[index]
        if abs(bottom - y0) > 0.6 * height or right <= left:
            continue
        off = abs(middle - (left + right) / 2) / (right - left)
        if off < best:
            best, chosen = off, index
    return chosen


def _drop_spaces_around(
    at: int, codes: npt.NDArray[np.int64], boxes: npt.NDArray[np.float64], keep: npt.NDArray[np.bool_]
) -> None:
    """Drop the spaces around a removed accent if the letters before and after them touch."""
    before, after = at - 1, at + 1
    while before >= 0 and (codes[before] == 0x20 or not keep[before]):
        before -= 1
    while after < len(codes) and (codes[after] == 0x20 or not keep[after]):
        after += 1
    if before < 0 or after >= len(codes):
        return
    gap = boxes[after][0] - boxes[before][2]
    if -0.5 < gap / max(boxes[after][1] - boxes[after][3], 1.0) < 0.12:
        keep[before + 1 : after] = False
    elif before < at - 1 and after > at + 1:
        keep[at + 1 : after] = False


def reorder_arabic(codes: npt.NDArray[np.int64], boxes: npt.NDArray[np.float64], keep: npt.NDArray[np.bool_]) -> None:
    """Put Arabic ligatures (letters that share one box) and vowel marks into logical order, in place.

    pdfium reverses a line glyph by glyph, which swaps the letters of a ligature, and a mark with its letter.
    """
    for at in np.flatnonzero((codes[:-1] >= 0x621) & (codes[:-1] <= 0x652)).tolist():
        after = at + 1
        if not 0x621 <= codes[after] <= 0x64A:
            continue
        if _ARABIC_MARKS[0] <= codes[at] <= _ARABIC_MARKS[1]:
            middle = (boxes[at][0] + boxes[at][2]) / 2
            if boxes[after][0] <= middle <= boxes[after][2]:
                codes[[at, after]] = codes[[after, at]]
                boxes[[at, after]] = boxes[[after, at]]
                _drop_space_before(at, codes, boxes, keep)
        elif codes[at] in _ALEFS and codes[after] == 0x644 and np.array_equal(boxes[at], boxes[after]):
            codes[[at, after]] = codes[[after, at]]


def _drop_space_before(
    at: int, codes: npt.NDArray[np.int64], boxes: npt.NDArray[np.float64], keep: npt.NDArray[np.bool_]
) -> None:
    """Drop a space before a mark if the letters on both sides touch."""
    if at < 2 or codes[at - 1] != 0x20:
        return
    gap = boxes[at - 2][0] - boxes[at][2]
    if gap < 0.12 * max(boxes[at][1] - boxes[at][3], 1.0):
        keep[at - 1] = False
