"""Ligatures that pdfium does not decode: it returns their codes, which in TeX fonts are control characters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as pdfium_c

from olmocr_core.pdf.fonts import read_font_name
from olmocr_core.pdf.formulas import has_math_font
from olmocr_core.pdf.glyph_names import LigatureNames

Ints = npt.NDArray[np.int64]
# The codes of ff, fi, fl, ffi and ffl begin here: in TeX's original encoding (OT1) and in the one for European
# languages (T1).
_OT1_START, _T1_START = 0x0B, 0x1B
_LIGATURE_COUNT = 5
_FIRST_LIGATURE = 0xFB00
_TEX_FONT = re.compile(r"(?:CM|EC|SF|LM|PL|CS|VN)[A-Z]*\d", re.IGNORECASE)


def decode_ligatures(
    codes: Ints,
    boxes: npt.NDArray[np.float64],
    font_of: Callable[[int], str | None],
    read_names: Callable[[], LigatureNames] | None = None,
) -> None:
    """Replace codes of ligatures inside words, in place, by U+FB00 and the characters after it.

    ``boxes`` is (n, 4): x0, y1, x1, y0; ``font_of`` returns the font name of a character (None: it is not drawn). Codes
    of fonts that are not TeX's own are looked up in ``read_names``, which is called only if there are any.
    """
    inside = {at: font_of(at) for at in _find_undecoded(codes, boxes) if _is_in_word(at, codes, boxes)}
    found = [at for at, font in inside.items() if _is_tex_text_font(font)]
    others = [(at, font) for at, font in inside.items() if font and at not in found]
    names = read_names() if read_names and others else {}
    for at, font in others:
        if ligature := names.get(font, {}).get(int(codes[at])):
            codes[at] = ord(ligature)
    # Where OT1 codes are in use, T1 codes stand for Scandinavian letters.
    old = any(codes[at] < _OT1_START + _LIGATURE_COUNT for at in found)
    for at in found:
        start = _OT1_START if codes[at] < _OT1_START + _LIGATURE_COUNT else _T1_START
        if start == _OT1_START or not old:
            codes[at] = _FIRST_LIGATURE + int(codes[at]) - start


def _find_undecoded(codes: Ints, boxes: npt.NDArray[np.float64]) -> Iterator[int]:
    control = ((codes >= _OT1_START) & (codes < _OT1_START + _LIGATURE_COUNT)) | (
        (codes >= _T1_START) & (codes < _T1_START + _LIGATURE_COUNT)
    )
    drawn = (boxes[:, 2] - boxes[:, 0] > 0.1) & (boxes[:, 1] - boxes[:, 3] > 0.1)
    yield from np.flatnonzero(control & drawn).tolist()


def _is_in_word(at: int, codes: Ints, boxes: npt.NDArray[np.float64]) -> bool:
    """Whether small letters touch: two on one side, or one on each."""
    sides = [_count_touching_letters(at, step, codes, boxes) for step in (-1, 1)]
    return max(sides) >= 2 or min(sides) >= 1


def _count_touching_letters(at: int, step: int, codes: Ints, boxes: npt.NDArray[np.float64]) -> int:
    count = 0
    while count < 2:
        other = at + step * (count + 1)
        if (
            not 0 <= other < len(codes)
            or not chr(codes[other]).islower()
            or not _are_touching(other, other - step, boxes)
        ):
            break
        count += 1
    return count


def _are_touching(one: int, other: int, boxes: npt.NDArray[np.float64]) -> bool:
    left, right = min(one, other), max(one, other)
    height = max(abs(boxes[left, 1] - boxes[left, 3]), 1.0)
    return bool(abs(boxes[right, 0] - boxes[left, 2]) < 0.25 * height)


def _is_tex_text_font(font: str | None) -> bool:
    """Whether codes of the font are TeX's: other fonts number their glyphs as they like."""
    return font is not None and (not font or bool(_TEX_FONT.match(font))) and not has_math_font([font])


def make_font_lookup(raw: Any) -> Callable[[int], str | None]:
    """Return a function from a character's index in a text page to its font name.

    The name is empty if the font has none, and None if the character is not drawn.
    """

    def name_of(index: int) -> str | None:
        handle = pdfium_c.FPDFText_GetTextObject(raw, index)
        if not handle:
            return None
        return read_font_name(pdfium_c.FPDFTextObj_GetFont(handle))

    return name_of
