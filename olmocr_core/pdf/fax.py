"""Whether CCITT fax data holds the rows of its image: decoders draw what they can of any bytes and report nothing.

Only rows and their changes of colour are decoded, no pixels: 3,300 blank rows take 4 ms.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from pdfminer.ccitt import CCITTG4Parser

# Fax machines announce more rows than they send; a file that is cut off lacks more than these.
_ENOUGH_ROWS = 0.95
# Larger images are judged by their first part: that takes 2 s at most.
_MOST_BYTES = 1 << 17
# An end of line is this many zeros and a one; so many in a row end a page.
_END_OF_LINE, _ENDS_AT_END = 11, 5


def holds_rows(data: bytes, width: int, height: int) -> bool:
    """Whether the data is valid for an image of this size in pixels, as Group 4 or Group 3, to its end."""
    if width <= 0 or height <= 0:
        return False
    # Some encoders fill rows up to whole bytes, of pixels or of code.
    widths = dict.fromkeys((width, (width + 7) // 8 * 8))
    if any(_is_group4(data, each, height, aligned) for aligned in (False, True) for each in widths):
        return True
    return _is_group3(data, width, height)


class _Codes:
    """The codes of the data, read one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data[:_MOST_BYTES]
        self._left_out = len(data) > _MOST_BYTES
        self._position = 0

    @property
    def stopped(self) -> bool:
        """Whether reading stopped before the end because the data is large."""
        return self._left_out and self._position >= 8 * len(self._data)

    def next(self, tree: Any) -> Any:
        """The next code's meaning by a tree of codes; None for an invalid code and at the end."""
        while isinstance(tree, list):
            byte, bit = divmod(self._position, 8)
            if byte >= len(self._data):
                return None
            tree = tree[self._data[byte] >> (7 - bit) & 1]
            self._position += 1
        return tree

    def next_run(self, black: bool) -> int | None:
        """The length of a run of pixels; None for an invalid code."""
        total = 0
        while True:
            length = self.next(CCITTG4Parser.BLACK if black else CCITTG4Parser.WHITE)
            if not isinstance(length, int):
                return None
            total += length
            if length < 64:
                return total

    def align(self) -> None:
        """Skip to the next whole byte."""
        self._position = (self._position + 7) // 8 * 8


def _is_group4(data: bytes, width: int, height: int, aligned: bool) -> bool:
    codes, above, rows = _Codes(data), [width], 0
    while rows < height:
        if aligned:
            codes.align()
        row, ended = _read_row(codes, above, width)
        if row is None:
            return codes.stopped or rows >= _ENOUGH_ROWS * height or (ended and rows > 0)
        above, rows = row, rows + 1
    return height > 0


def _read_row(codes: _Codes, above: list[int], width: int) -> tuple[list[int] | None, bool]:
    """Where the colour of a row changes, white first; None for an invalid row or the end, and whether it was the end."""
    row: list[int] = []
    place, black = -1, False
    while place < width:
        mode = codes.next(CCITTG4Parser.MODE)
        if mode == "h":
            runs = (codes.next_run(black), codes.next_run(not black))
            if None in runs:
                return None, False
            first = max(place, 0) + (runs[0] or 0)
            place = first + (runs[1] or 0)
            _add_change(row, first)
            _add_change(row, place)
        elif mode == "p":
            place = _change_above(above, place, black, width, 1)
        elif isinstance(mode, int):
            change = _change_above(above, place, black, width, 0) + mode
            if change < max(place, 0):
                return None, False
            place, black = change, not black
            _add_change(row, place)
        else:
            return None, mode == "e" and not row
        if place > width:
            return None, False
    return row, False


def _add_change(row: list[int], place: int) -> None:
    # A run of no pixels changes nothing.
    if row and row[-1] == place:
        row.pop()
    else:
        row.append(place)


def _change_above(above: list[int], place: int, black: bool, width: int, later: int) -> int:
    """The first change to the other colour right of ``place`` in the row above, or the one ``later``."""
    index = bisect_right(above, place)
    index += later + (index % 2 != black)
    return above[index] if index < len(above) else width


def _is_group3(data: bytes, width: int, height: int) -> bool:
    if _count_line_ends(data) >= _ENOUGH_ROWS * height:
        return True
    codes, rows = _Codes(data), 0
    while _skip_row(codes, width):
        rows += 1
    return codes.stopped or rows >= _ENOUGH_ROWS * height


def _count_line_ends(data: bytes) -> float:
    zeros = [len(run) for run in f"{int.from_bytes(data, 'big'):b}".split("1")[1:-1]]
    ends = [run >= _END_OF_LINE for run in zeros if run]
    groups = zip(*(ends[start:] for start in range(_ENDS_AT_END)), strict=False)
    return float("inf") if any(all(group) for group in groups) else sum(ends) + 1


def _skip_row(codes: _Codes, width: int) -> bool:
    """Read a row without an end mark; False for an invalid one."""
    place, black = 0, False
    while place < width:
        run = codes.next_run(black)
        if run is None:
            return False
        place, black = place + run, not black
    return place == width
