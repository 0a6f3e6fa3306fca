from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from olmocr_core.bench.math import matching
from olmocr_core.bench.math.layout import Layout, Symbol, make_layout
from olmocr_core.bench.math.matching import is_part_of

UP, DOWN, LEFT, RIGHT = range(4)


def symbol(text: str, column: float, row: float, width: float = 8) -> Symbol:
    return Symbol(text=text, x=10 * column, y=30 * row, width=width, height=20)


def grid(*rows: str) -> Layout:
    return make_layout(symbol(char, x, y) for y, row in enumerate(rows) for x, char in enumerate(row) if char != " ")


def published(reference: Layout, whole: Layout) -> bool:
    """The search as the published scorer does it: every choice tried in turn."""
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


def test_neighbours_are_the_nearest_in_a_row_and_in_a_column():
    a, b, c = grid("ab", "c ").neighbours, 1, 2
    assert [side[0] for side in a] == [-1, c, -1, b]
    assert [side[1] for side in a] == [-1, -1, 0, -1]


def test_five_pixels_off_is_still_beside():
    near, far = (
        make_layout([symbol("a", 0, 0), Symbol(text="b", x=40, y=off, width=8, height=20)]) for off in (5, 5.1)
    )
    assert (near.neighbours[RIGHT][0], far.neighbours[RIGHT][0]) == (1, -1)


def test_a_word_is_shared_out_among_its_letters_and_zero_width_is_left_out():
    layout = make_layout([symbol("sin", 0, 0, width=30), symbol("\u200b", 4, 0)])
    assert layout.chars == "sin"
    assert layout.centres[:, 0].tolist() == [5, 15, 25]


def test_more_characters_than_are_compared_at_once_have_the_same_neighbours():
    row = make_layout(symbol("x", at, 0) for at in range(700))
    assert row.neighbours[RIGHT] == (*range(1, 700), -1)
    assert row.neighbours[LEFT] == tuple(range(-1, 699))
    assert set(row.neighbours[UP]) == {-1}


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


def test_a_case_that_stays_open_counts_as_not_found(monkeypatch):
    rows = ["ab" * 4] * 4
    assert is_part_of(grid(*rows[:2]), grid(*rows))
    monkeypatch.setattr(matching, "MOST_STEPS", 0)
    assert not is_part_of(grid(*rows[:2]), grid(*rows))


places = st.dictionaries(st.tuples(st.integers(0, 3), st.integers(0, 2)), st.sampled_from("ab"), max_size=7)


@settings(max_examples=600)
@given(places, places, st.integers(0, 3), st.integers(0, 2), st.randoms())
def test_the_verdict_is_that_of_trying_every_choice(part, around, right, down, chance):
    moved = {(x + right, y + down): char for (x, y), char in part.items()}
    whole = around | moved if chance.random() < 0.7 else around
    layouts = []
    for cells in (part, whole):
        order = list(cells.items())
        chance.shuffle(order)
        layouts.append(make_layout(symbol(char, x, y) for (x, y), char in order))
    assert is_part_of(*layouts) is published(*layouts)


def test_the_comparison_sees_both_verdicts():
    """Guards the one above: all letters of two small grids, some parts of each other and some not."""
    small = [grid("".join(two), "".join(below)) for two, below in itertools.product(("ab", "aa"), ("ba", "b "))]
    verdicts = [(is_part_of(a, b), published(a, b)) for a, b in itertools.product(small, small)]
    assert {ours for ours, _ in verdicts} == {True, False}
    assert all(ours is theirs for ours, theirs in verdicts)
