from __future__ import annotations

from olmocr_core.bench.math.layout import Symbol, make_layout
from tests.core.bench.math.layouts import grid, symbol

UP, DOWN, LEFT, RIGHT = range(4)


def test_neighbours_are_the_nearest_in_a_row_and_in_a_column():
    a, b, c = grid("ab", "c ").neighbours, 1, 2
    assert [side[0] for side in a] == [-1, c, -1, b]
    assert [side[1] for side in a] == [-1, -1, 0, -1]


def test_characters_within_five_pixels_are_neighbours():
    near, far = (
        make_layout([symbol("a", 0, 0), Symbol(text="b", x=40, y=off, width=8, height=20)]) for off in (5, 5.1)
    )
    assert (near.neighbours[RIGHT][0], far.neighbours[RIGHT][0]) == (1, -1)


def test_the_box_of_a_word_is_divided_among_its_letters():
    layout = make_layout([symbol("sin", 0, 0, width=30), symbol("\u200b", 4, 0)])
    assert layout.chars == "sin"
    assert layout.centres[:, 0].tolist() == [5, 15, 25]


def test_more_characters_than_are_compared_at_once_have_the_same_neighbours():
    row = make_layout(symbol("x", at, 0) for at in range(700))
    assert row.neighbours[RIGHT] == (*range(1, 700), -1)
    assert row.neighbours[LEFT] == tuple(range(-1, 699))
    assert set(row.neighbours[UP]) == {-1}
