"""Where a text occurs nearly: all places within a number of edits, overlapping ones joined to the best of them.

The places are those that the package fuzzysearch finds, which the published scorer of olmOCR-bench uses, for an order
can hang on a place: a match begins with an exact piece of the text, is stretched to both sides with the fewest edits,
and of equally good stretches the longest counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

_PIECE = 3
_SHORT = 10


class Place(NamedTuple):
    """``start`` and ``end`` in characters, ``edits`` the insertions, deletions and substitutions it took."""

    start: int
    end: int
    edits: int


def near_places(wanted: str, text: str, max_edits: int) -> list[Place]:
    """Where ``wanted`` stands in ``text`` with at most ``max_edits`` edits, from left to right."""
    if max_edits == 0:
        return [Place(at, at + len(wanted), 0) for at in _occurrences(wanted, text, 0, len(text))]
    pieces = len(wanted) // (max_edits + 1) >= _PIECE
    return _join(_by_pieces(wanted, text, max_edits) if pieces else _by_walking(wanted, text, max_edits))


def _occurrences(piece: str, text: str, start: int, end: int) -> Iterator[int]:
    at = text.find(piece, start, max(start, end))
    while at >= 0:
        yield at
        at = text.find(piece, at + 1, max(start, end))


def _by_pieces(wanted: str, text: str, max_edits: int) -> Iterator[Place]:
    """With k edits in k+1 pieces one piece is left whole: look for it and stretch from there."""
    size = len(wanted) // (max_edits + 1)
    for offset in range(0, len(wanted) - size + 1, size):
        before, after = wanted[:offset][::-1], wanted[offset + size :]
        last = min(len(text), len(text) - len(wanted) + offset + size + max_edits)
        for at in _occurrences(wanted[offset : offset + size], text, max(0, offset - max_edits), max(last, 0)):
            right = _stretch(after, text[at + size : at - offset + len(wanted) + max_edits], max_edits)
            if right is None:
                continue
            left_edits = max_edits - right[0]
            left = _stretch(before, text[max(0, at - offset - left_edits) : at][::-1], left_edits)
            if left is not None:
                yield Place(at - left[1], at + size + right[1], left[0] + right[0])


def _stretch(wanted: str, text: str, max_edits: int) -> tuple[int, int] | None:
    """The fewest edits that make a beginning of ``text`` out of ``wanted``, and the longest such beginning's length."""
    if not wanted:
        return (0, 0)
    patient = len(wanted) > max(max_edits * 2, _SHORT)
    row = list(range(1, len(wanted) + 1))
    best, length = len(wanted), 0
    for index, char in enumerate(text):
        row = _next_row(row, wanted, char, index)
        if row[-1] <= best:
            best, length = row[-1], index + 1
        elif not patient and min(row) >= best:
            break
        if patient and min(min(row), index + 1) > min(best, max_edits):
            break
    return (best, length) if best <= max_edits else None


def _next_row(row: list[int], wanted: str, char: str, index: int) -> list[int]:
    diagonal, left = index, index + 1
    found = []
    for above, expected in zip(row, wanted, strict=True):
        left = min(diagonal + (char != expected), above + 1, left + 1)
        found.append(left)
        diagonal = above
    return found


class _Walk(NamedTuple):
    """A match under way: the next character of the wanted text is at ``next``."""

    start: int
    next: int
    edits: int


def _by_walking(wanted: str, text: str, max_edits: int) -> Iterator[Place]:
    """Short texts with many edits: follow every way to go on, character by character."""
    if max_edits >= len(wanted):
        yield from (Place(at, at, len(wanted)) for at in range(len(text) + 1))
        return
    walks: list[_Walk] = []
    for index, char in enumerate(text):
        going: list[_Walk] = []
        skipped = wanted.find(char, 0, max_edits + 1)
        if skipped >= 0:
            going.append(_Walk(index, skipped + 1, skipped))
        for walk in walks:
            going.extend(_steps(walk, wanted, char, max_edits, last=index + 1 == len(text)))
        yield from (Place(walk.start, index + 1, walk.edits) for walk in going if walk.next == len(wanted))
        # Many ways lead to the same place: each is followed once.
        walks = list(dict.fromkeys(walk for walk in going if walk.next < len(wanted)))
    for walk in walks:
        edits = walk.edits + len(wanted) - walk.next
        if edits <= max_edits:
            yield Place(walk.start, len(text), edits)


def _steps(walk: _Walk, wanted: str, char: str, max_edits: int, *, last: bool) -> Iterator[_Walk]:
    if wanted[walk.next] == char:
        yield walk._replace(next=walk.next + 1)
        return
    if walk.edits == max_edits:
        return
    yield walk._replace(edits=walk.edits + 1)
    if not last and walk.next + 1 < len(wanted):
        yield walk._replace(next=walk.next + 1, edits=walk.edits + 1)
    for skipped in range(1, max_edits - walk.edits + 1):
        if walk.next + skipped == len(wanted):
            yield walk._replace(next=len(wanted), edits=walk.edits + skipped)
            return
        if wanted[walk.next + skipped] == char:
            yield walk._replace(next=walk.next + skipped + 1, edits=walk.edits + skipped)
            return


def _join(places: Iterator[Place]) -> list[Place]:
    """Of places that overlap, directly or through others, the one with the fewest edits, then the longest."""
    groups: list[tuple[int, int, list[Place]]] = []
    for place in places:
        start, end, members = place.start, place.end, [place]
        apart = []
        for group in groups:
            if place.end <= group[0] or place.start >= group[1]:
                apart.append(group)
            else:
                start, end = min(start, group[0]), max(end, group[1])
                members += group[2]
        groups = [*apart, (start, end, members)]
    return sorted(min(members, key=lambda place: (place.edits, place.start - place.end)) for _, _, members in groups)
