"""Whether JBIG2 data of a PDF is a chain of segments that draws something: pdfium takes any bytes for an empty image."""

from __future__ import annotations

from collections.abc import Iterator

# Segments that draw: text, halftone, generic and refinement regions.
_REGIONS = frozenset({4, 6, 7, 20, 22, 23, 36, 38, 39, 40, 42, 43})
_OTHERS = frozenset({0, 16, 48, 49, 50, 51, 52, 53, 62})
_UNKNOWN_LENGTH = 0xFFFFFFFF


def holds_regions(data: bytes) -> bool:
    """Whether the data has a region, and all of its segments are known and whole."""
    regions = False
    try:
        for kind, end in _segments(data):
            if kind not in _REGIONS | _OTHERS or end > len(data):
                return False
            regions = regions or kind in _REGIONS
    except IndexError:
        return False
    return regions


def _segments(data: bytes) -> Iterator[tuple[int, int]]:
    """The type of each segment, and where its data ends. Raises IndexError for a header that is cut off."""
    place = 0
    while place < len(data):
        number, flags = _number(data, place, 4), data[place + 4]
        place += 5
        references = data[place] >> 5
        if references == 7:
            references = _number(data, place, 4) & 0x1FFFFFFF
            place += 3 + (references + 8) // 8
        place += 1 + references * (1 if number <= 256 else 2 if number <= 65536 else 4)
        place += 4 if flags & 0x40 else 1
        length = _number(data, place, 4)
        place = len(data) if length == _UNKNOWN_LENGTH else place + 4 + length
        yield flags & 0x3F, place


def _number(data: bytes, place: int, size: int) -> int:
    if place + size > len(data):
        raise IndexError
    return int.from_bytes(data[place : place + size], "big")
