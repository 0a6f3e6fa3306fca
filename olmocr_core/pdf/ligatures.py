"""Ligatures that pdfium does not know: it gives their codes, which are control characters in what TeX sets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as pdfium_c

from olmocr_core.pdf.fonts import plain_name
from olmocr_core.pdf.formulas import has_math_font
from olmocr_core.pdf.glyph_names import Names

Ints = npt.NDArray[np.int64]
# ff, fi, fl, ffi, ffl in the encoding that TeX began with, and in the one for European languages.
_OLD, _EUROPEAN = 0x0B, 0x1B
_COUNT = 5
_FIRST_LIGATURE = 0xFB00
_TEX = re.compile(r"(?:CM|EC|SF|LM|PL|CS|VN)[A-Z]*\d", re.IGNORECASE)


def spell_ligatures(
    codes: Ints,
    boxes: npt.NDArray[np.float64],
    font_of: Callable[[int], str | None],
    named: Callable[[], Names] | None = None,
) -> None:
    """Change codes of ligatures, in place, to U+FB00 and what follows it, where they stand in a word.

    ``boxes`` is (n, 4): x0, y1, x1, y0; ``font_of`` gives the name of a character's font (None: it is not drawn). Codes of
    fonts that are not TeX's own are looked up in what ``named`` says of the page's fonts; it is asked only then.
    """
    inside = {at: font_of(at) for at in _candidates(codes, boxes) if _is_in_word(at, codes, boxes)}
    found = [at for at, font in inside.items() if _is_text(font)]
    others = [(at, font) for at, font in inside.items() if font and at not in found]
    names = named() if named and others else {}
    for at, font in others:
        if ligature := names.get(font, {}).get(int(codes[at])):
            codes[at] = ord(ligature)
    # Where the old codes are in use, the others stand for letters of Scandinavia.
    old = any(codes[at] < _OLD + _COUNT for at in found)
    for at in found:
        start = _OLD if codes[at] < _OLD + _COUNT else _EUROPEAN
        if start == _OLD or not old:
            codes[at] = _FIRST_LIGATURE + int(codes[at]) - start


def _candidates(codes: Ints, boxes: npt.NDArray[np.float64]) -> Iterator[int]:
    control = ((codes >= _OLD) & (codes < _OLD + _COUNT)) | ((codes >= _EUROPEAN) & (codes < _EUROPEAN + _COUNT))
    drawn = (boxes[:, 2] - boxes[:, 0] > 0.1) & (boxes[:, 1] - boxes[:, 3] > 0.1)
    yield from np.flatnonzero(control & drawn).tolist()


def _is_in_word(at: int, codes: Ints, boxes: npt.NDArray[np.float64]) -> bool:
    """Whether small letters touch: two on one side, or one on each."""
    sides = [_letters(at, step, codes, boxes) for step in (-1, 1)]
    return max(sides) >= 2 or min(sides) >= 1


def _letters(at: int, step: int, codes: Ints, boxes: npt.NDArray[np.float64]) -> int:
    count = 0
    while count < 2:
        other = at + step * (count + 1)
        if not 0 <= other < len(codes) or not chr(codes[other]).islower() or not _touch(other, other - step, boxes):
            break
        count += 1
    return count


def _touch(one: int, other: int, boxes: npt.NDArray[np.float64]) -> bool:
    left, right = min(one, other), max(one, other)
    height = max(abs(boxes[left, 1] - boxes[left, 3]), 1.0)
    return bool(abs(boxes[right, 0] - boxes[left, 2]) < 0.25 * height)


def _is_text(font: str | None) -> bool:
    """Whether codes are those of TeX: fonts of others number their glyphs as they like."""
    return font is not None and (not font or bool(_TEX.match(font))) and not has_math_font([font])


def font_names(raw: Any) -> Callable[[int], str | None]:
    """Gives the name of the font of a character of a text page; empty where it has none, None for what is not drawn."""

    def name_of(index: int) -> str | None:
        handle = pdfium_c.FPDFText_GetTextObject(raw, index)
        if not handle:
            return None
        return plain_name(pdfium_c.FPDFTextObj_GetFont(handle))

    return name_of
