"""Decide whether one rendered equation is part of another, by its symbols and their neighbours.

The rules are those of the published scorer of olmOCR-bench. Each character of the reference maps to a different, equal
character of the other equation. If a character of the reference has a neighbour above, below, left or right, its
counterpart has one there, too: the counterpart of that neighbour if it comes earlier, else any equal character. The
scorer finds such a mapping by backtracking; here constraints are propagated first, so that a matrix of zeros also ends.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from olmocr_core.bench.math.layout import NONE, Layout

MOST_STEPS = 5_000_000


def is_part_of(reference: Layout, whole: Layout) -> bool:
    """Whether the reference is part of the other equation. An empty reference is part of any.

    A search without a result after five million steps, a few seconds, counts as not found.
    """
    if Counter(reference.chars) - Counter(whole.chars):
        return False
    return _Search(reference, whole).succeeds()


class _Search:
    """Backtracking search over candidates, one bit set for each character of the reference, with constraint propagation."""

    def __init__(self, reference: Layout, whole: Layout) -> None:
        self._reference, self._whole = reference, whole
        self._alike: defaultdict[str, list[int]] = defaultdict(list)
        for i, char in enumerate(reference.chars):
            self._alike[char].append(i)
        # Constraints (other, direction): a choice for a character determines the other's, or the other way round.
        self._determines: list[list[tuple[int, int]]] = [[] for _ in reference.chars]
        self._determined_by: list[list[tuple[int, int]]] = [[] for _ in reference.chars]
        for direction, nearest in enumerate(reference.neighbours):
            for i, other in enumerate(nearest):
                if NONE < other < i:
                    self._determines[i].append((other, direction))
                    self._determined_by[other].append((i, direction))
        self._steps = 0
        self._seen_from = [_inverse(nearest) for nearest in whole.neighbours]

    def succeeds(self) -> bool:
        candidates = [self._candidates(i) for i in range(len(self._reference.chars))]
        if not all(candidates):
            return False
        if not self._propagate(candidates, [i for i, bits in enumerate(candidates) if _is_single(bits)]):
            return False
        open_states = [candidates]
        while open_states and self._steps < MOST_STEPS:
            state = open_states.pop()
            undecided = [(bits.bit_count(), i) for i, bits in enumerate(state) if not _is_single(bits)]
            if not undecided:
                return True
            open_states += self._choices(state, min(undecided)[1])
        return False

    def _candidates(self, i: int) -> int:
        reference, whole = self._reference, self._whole
        wanted = [(d, reference.chars[near[i]]) for d, near in enumerate(reference.neighbours) if near[i] != NONE]
        bits = 0
        for j, char in enumerate(whole.chars):
            if char == reference.chars[i] and all(self._is_at(j, direction, text) for direction, text in wanted):
                bits |= 1 << j
        return bits

    def _is_at(self, j: int, direction: int, text: str) -> bool:
        other = self._whole.neighbours[direction][j]
        return other != NONE and self._whole.chars[other] == text

    def _choices(self, state: list[int], i: int) -> Iterator[list[int]]:
        for j in reversed(list(_bits(state[i]))):
            chosen = list(state)
            chosen[i] = 1 << j
            if self._propagate(chosen, [i]):
                yield chosen

    def _propagate(self, candidates: list[int], decided: list[int]) -> bool:
        """Propagate decisions, in place; False if a character has no candidate left."""
        while decided:
            i = decided.pop()
            j = candidates[i].bit_length() - 1
            limits = [(other, ~(1 << j)) for other in self._alike[self._reference.chars[i]] if other != i]
            limits += [(other, 1 << self._whole.neighbours[d][j]) for other, d in self._determines[i]]
            limits += [(other, self._seen_from[d].get(j, 0)) for other, d in self._determined_by[i]]
            self._steps += len(limits)
            for other, allowed in limits:
                left = candidates[other] & allowed
                if not left:
                    return False
                if left != candidates[other]:
                    candidates[other] = left
                    if _is_single(left):
                        decided.append(other)
        return True


def _inverse(nearest: tuple[int, ...]) -> dict[int, int]:
    """Return for each character a bit set of those that have it as their neighbour."""
    seen: dict[int, int] = {}
    for i, other in enumerate(nearest):
        seen[other] = seen.get(other, 0) | 1 << i
    return seen


def _is_single(bits: int) -> bool:
    return bits & (bits - 1) == 0


def _bits(bits: int) -> Iterator[int]:
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low
