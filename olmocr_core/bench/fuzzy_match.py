"""Find a text within a number of edits, with the package fuzzysearch like the published scorer of olmOCR-bench.

Of overlapping matches one counts. Among equally good ones the package picks any, a different one in each process, and
order checks depend on it; so this module merges overlaps itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from fuzzysearch.levenshtein import find_near_matches_levenshtein


class Match(NamedTuple):
    """A match: ``start`` and ``end`` in characters; ``edits`` counts insertions, deletions and substitutions."""

    start: int
    end: int
    edits: int


def find_near_matches(wanted: str, text: str, max_edits: int) -> list[Match]:
    """Find ``wanted`` in ``text`` with at most ``max_edits`` edits, from left to right.

    Exact matches may overlap. Raises ValueError for an empty ``wanted``.
    """
    found = find_near_matches_levenshtein(wanted, text, max_edits)
    matches = (Match(match.start, match.end, match.dist) for match in found)
    return _merge_overlapping(matches) if max_edits else list(matches)


def _merge_overlapping(matches: Iterable[Match]) -> list[Match]:
    """Of matches that overlap, directly or through others, take the one with the fewest edits, then the longest."""
    groups: list[tuple[int, int, list[Match]]] = []
    for match in matches:
        start, end, members = match.start, match.end, [match]
        apart = []
        for group in groups:
            if match.end <= group[0] or match.start >= group[1]:
                apart.append(group)
            else:
                start, end = min(start, group[0]), max(end, group[1])
                members += group[2]
        groups = [*apart, (start, end, members)]
    return sorted(min(members, key=lambda match: (match.edits, match.start - match.end)) for _, _, members in groups)
