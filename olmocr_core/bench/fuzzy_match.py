"""Where a text occurs within a number of edits, found by the package fuzzysearch as in the published scorer of olmOCR-bench.

Of overlapping matches one counts. The package takes any of equally good ones, a different one in each process, and an
order check can hang on it; so overlaps are joined here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from fuzzysearch.levenshtein import find_near_matches_levenshtein


class Match(NamedTuple):
    """``start`` and ``end`` in characters, ``edits`` the insertions, deletions and substitutions it took."""

    start: int
    end: int
    edits: int


def find_near_matches(wanted: str, text: str, max_edits: int) -> list[Match]:
    """Where ``wanted`` stands in ``text`` with at most ``max_edits`` edits, from left to right.

    Exact places may overlap. Raises ValueError for an empty ``wanted``.
    """
    matches = find_near_matches_levenshtein(wanted, text, max_edits)
    places = (Match(match.start, match.end, match.dist) for match in matches)
    return _merge_overlapping(places) if max_edits else list(places)


def _merge_overlapping(places: Iterable[Match]) -> list[Match]:
    """Of places that overlap, directly or through others, the one with the fewest edits, then the longest."""
    groups: list[tuple[int, int, list[Match]]] = []
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
