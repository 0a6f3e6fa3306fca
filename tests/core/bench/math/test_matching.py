from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from olmocr_core.bench.math import matching
from olmocr_core.bench.math.layout import Layout, make_layout
from olmocr_core.bench.math.matching import is_part_of
from tests.core.bench.math.layouts import grid, symbol

places = st.dictionaries(st.tuples(st.integers(0, 3), st.integers(0, 2)), st.sampled_from("ab"), max_size=7)


def published(reference: Layout, whole: Layout) -> bool:
    """The search of the published scorer: it tries every choice in turn."""
    assigned: dict[int, int] = {}

    def fits(i: int, j: int) -> bool:
        for wanted, there in zip(reference.neighbours, whole.neighbours, strict=True):
            near, found = wanted[i], there[j]
            if near >= 0 and (found < 0 or (assigned[near] != found if near in assigned else _other(near, found))):
                return False
        return True

    def _other(near: int, found: int) -> bool:
        return whole.chars[found] != reference.chars[near]

    def search(i: int) -> bool:
        if i == len(reference.chars):
            return True
        for j, char in enumerate(whole.chars):
            if char == reference.chars[i] and j not in assigned.values():
                assigned[i] = j
                if fits(i, j) and search(i + 1):
                    return True
                del assigned[i]
        return False

    return search(0)


@pytest.mark.parametrize(
    ("reference", "whole", "expected"),
    [
        (("a+b",), ("a+b",), True),
        (("a+b",), ("x=a+b",), True),
        (("a+b",), ("a-b",), False),
        (("a+b",), ("b+a",), False),
        (("a", "b"), ("a", "b"), True),
        (("a", "b"), ("b", "a"), False),
        (("a", "b"), ("ab",), False),
        (("aa",), ("a",), False),
        ((), ("a",), True),
        (("a",), (), False),
    ],
)
def test_parts(reference, whole, expected):
    assert is_part_of(grid(*reference), grid(*whole)) is expected


def test_a_matrix_of_zeros_ends():
    zeros = grid(*["0" * 12] * 12)
    one = grid(*["0" * 12] * 11, "0" * 11 + "1")
    assert is_part_of(zeros, zeros)
    assert not is_part_of(zeros, one)
    assert is_part_of(one, one)


def test_an_unfinished_search_counts_as_not_found(monkeypatch):
    rows = ["ab" * 4] * 4
    assert is_part_of(grid(*rows[:2]), grid(*rows))
    monkeypatch.setattr(matching, "MOST_STEPS", 0)
    assert not is_part_of(grid(*rows[:2]), grid(*rows))


@settings(max_examples=600)
@given(places, places, st.integers(0, 3), st.integers(0, 2), st.randoms())
def test_the_search_agrees_with_backtracking_over_every_choice(part, around, right, down, chance):
    moved = {(x + right, y + down): char for (x, y), char in part.items()}
    whole = around | moved if chance.random() < 0.7 else around
    layouts = []
    for cells in (part, whole):
        order = list(cells.items())
        chance.shuffle(order)
        layouts.append(make_layout(symbol(char, x, y) for (x, y), char in order))
    assert is_part_of(*layouts) is published(*layouts)


def test_the_comparison_sees_both_verdicts():
    """Guards the test above: small grids of which some are part of each other and some are not."""
    small = [grid("".join(two), "".join(below)) for two, below in itertools.product(("ab", "aa"), ("ba", "b "))]
    verdicts = [(is_part_of(a, b), published(a, b)) for a, b in itertools.product(small, small)]
    assert {ours for ours, _ in verdicts} == {True, False}
    assert all(ours is theirs for ours, theirs in verdicts)
