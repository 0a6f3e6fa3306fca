"""Find where words begin and end among a page's characters."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
# pdfium marks a hyphen at a line's end with one of these (the glyph may be a real or a soft hyphen).
LINE_HYPHENS = (0x02, 0xFFFE)
_SPACES = (0x00, 0x09, 0x0A, 0x0D, 0x20, 0xA0, 0x3000, *range(0x2000, 0x200C), 0x202F)
_COMBINING = ((0x300, 0x36F), (0x591, 0x5C7), (0x64B, 0x65F))
_RTL_LETTERS = ((0x5D0, 0x8FF), (0xFB1D, 0xFDFF), (0xFE70, 0xFEFC))
_LATIN_LETTERS = ((0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x24F))


def _is_in_ranges(codes: Ints, ranges: tuple[tuple[int, int], ...]) -> Flags:
    flags: Flags = np.zeros(len(codes), dtype=bool)
    for low, high in ranges:
        flags |= (codes >= low) & (codes <= high)
    return flags


def find_word_ranges(codes: Ints, boxes: Floats) -> list[tuple[int, int]]:
    """Half-open index ranges of words: cut at spaces, after line-end hyphens, at jumps and at wide gaps.

    ``boxes`` is (n, 4): x0, y1, x1, y0 in user space.
    """
    if not len(codes):
        return []
    space = np.isin(codes, _SPACES)
    x0, y1, x1, y0 = boxes.T
    size = np.maximum(np.abs(y1 - y0), 1.0)
    solid = ~space
    starts = np.zeros(len(codes), dtype=bool)
    starts[0] = True
    reach = np.maximum(size[1:], size[:-1])
    # Distances between neighbours in either direction of the script; negative where they overlap.
    across = np.maximum(x0[1:] - x1[:-1], x0[:-1] - x1[1:])
    along = np.maximum(y0[1:] - y1[:-1], y0[:-1] - y1[1:])
    jump = (np.abs(np.diff((y0 + y1) / 2)) > 0.6 * reach) | (across > 0.7 * reach)
    # Letters that are wider than high lie on their side: their line runs up or down the page.
    wide = np.minimum((x1 - x0)[1:], (x1 - x0)[:-1])
    upended = (wide > 1.15 * reach) & (np.abs(np.diff((x0 + x1) / 2)) < 0.3 * wide) & (along < 0.5 * wide)
    empty = (x1 - x0 < 0.01) & (y1 - y0 < 0.01)
    jump &= ~upended & ~empty[1:] & ~empty[:-1]
    rtl, latin = _is_in_ranges(codes, _RTL_LETTERS), _is_in_ranges(codes, _LATIN_LETTERS)
    turns = (rtl[1:] & latin[:-1]) | (latin[1:] & rtl[:-1])
    marks = _is_in_ranges(codes, _COMBINING)
    jump &= ~marks[1:] & ~marks[:-1]
    starts[1:] = turns | space[:-1] | np.isin(codes[:-1], LINE_HYPHENS) | jump
    edges = np.flatnonzero(starts | space)
    ranges = []
    for start, stop in pairwise([*edges.tolist(), len(codes)]):
        if solid[start]:
            ranges.append((start, stop))
    return ranges
