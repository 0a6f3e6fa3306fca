"""Fractions, overlines, negations."""

from __future__ import annotations

import pytest

from olmocr_core.domain.geometry import Box
from olmocr_core.pdf.formulas.atoms import Atom
from olmocr_core.pdf.formulas.compose import compose_latex, render_rows
from olmocr_core.pdf.formulas.vertical_structures import (
    attach_accents,
    attach_limits,
    build_fractions_and_roots,
    join_delimiter_pieces,
    merge_integrals,
)
from tests.core.pdf.formulas.rows import atom


def test_a_bar_makes_a_fraction_and_an_overline() -> None:
    atoms = [atom("a", 2, 94), atom("b", 2, 108), atom("=", 14), atom("z", 22)]
    assert compose_latex(atoms, [Box(0, 97, 9, 97.4)]) == r"\frac{a}{b} = z"
    assert compose_latex(atoms[3:], [Box(22, 91, 27, 91.4)]) == r"\overline{z}"


def test_a_stroke_through_a_relation_negates_it() -> None:
    assert compose_latex([atom("a", 0), atom(r"\not", 9), atom("=", 8), atom("b", 16)]) == r"a \neq b"


def tex(atoms: list[Atom]) -> list[str]:
    return [found.tex for found in atoms]


def operator(name: str, x: float) -> Atom:
    """A large operator 10 wide, from 85 to 105."""
    return Atom(name, "op", Box(x, 85, x + 10, 105), 95, 10, limits=True, stretched=True)


def test_limits_go_to_the_operator_that_they_stand_at() -> None:
    below, above = [atom("k", 0, 112, 7), atom("=", 4, 112, 7), atom("1", 8, 112, 7)], [atom("n", 3, 83, 7)]
    found = attach_limits([operator(r"\sum", 0), *below, *above, atom("x", 14)], [], render_rows)
    assert tex(found) == [r"\sum_{k = 1}^{n}", "x"]


def test_small_type_far_below_an_operator_is_no_limit() -> None:
    found = attach_limits([operator(r"\sum", 0), atom("k", 3, 125, 7)], [], render_rows)
    assert tex(found) == [r"\sum", "k"]


def test_a_fraction_bar_separates_an_operator_from_small_type() -> None:
    bar = Box(-5, 107, 20, 107.4)
    assert tex(attach_limits([operator(r"\sum", 0), atom("k", 3, 115, 7)], [bar], render_rows)) == [r"\sum", "k"]


def test_what_stands_over_a_relation_is_stacked_on_it() -> None:
    relation = atom(r"\rightarrow", 20, kind="rel")
    found = attach_limits([atom("X", 8), relation, atom("d", 20.5, 92, 7)], [], render_rows)
    assert tex(found) == ["X", r"\overset{d}{\rightarrow}"]


@pytest.mark.parametrize(("wide", "expected"), [(False, r"\hat{x}"), (True, r"\widehat{x}")])
def test_an_accent_goes_on_the_letter_below_it(wide: bool, expected: str) -> None:
    accent = Atom("hat", "accent", Box(1, 90, 4, 92), 100, 10, stretched=wide)
    assert tex(attach_accents([atom("x", 0), accent, atom("y", 8)])) == [expected, "y"]


def test_an_accent_over_nothing_is_dropped() -> None:
    accent = Atom("hat", "accent", Box(50, 90, 54, 92), 100, 10)
    assert tex(attach_accents([atom("x", 0), accent])) == ["x"]
    assert attach_limits([], [], render_rows) == []


@pytest.mark.parametrize(
    ("lefts", "expected"), [([0], [r"\int"]), ([0, 6], [r"\iint"]), ([0, 6, 12], [r"\iiint"]), ([0, 20], [r"\int"] * 2)]
)
def test_close_integrals_are_merged(lefts: list[float], expected: list[str]) -> None:
    assert tex(merge_integrals([operator(r"\int", x) for x in lefts])) == expected


def test_a_bar_that_begins_at_a_radical_is_its_roof() -> None:
    radical = Atom(r"\sqrt", "radical", Box(0, 90, 8, 102), 90, 10)
    found = build_fractions_and_roots(
        [radical, atom("x", 9, 101), atom("y", 30, 101)], [Box(8, 90, 16, 90.4)], render_rows
    )
    assert tex(found) == [r"\sqrt{x}", "y"]


def test_a_bar_with_nothing_over_it_and_nothing_close_below_is_left_alone() -> None:
    atoms = [atom("x", 0, 140)]
    assert build_fractions_and_roots(atoms, [Box(0, 90, 9, 90.4)], render_rows) == atoms


def test_pieces_of_a_delimiter_are_one_and_other_delimiters_are_not() -> None:
    pieces = [Atom("(", "open", Box(0, y, 4, y + 10), y, 10, stretched=True) for y in (80, 91, 102)]
    (whole,) = join_delimiter_pieces(pieces)
    assert (whole.box.y0, whole.box.y1) == (80, 112)
    apart = Atom("(", "open", Box(20, 80, 24, 112), 80, 10, stretched=True)
    assert len(join_delimiter_pieces([*pieces, apart])) == 2


def test_a_fraction_takes_the_rows_next_to_its_bar_only() -> None:
    bar = Box(0, 97, 9, 97.4)
    atoms = [atom("a", 2, 94), atom("b", 2, 108), atom("c", 2, 126)]
    assert tex(build_fractions_and_roots(atoms, [bar], render_rows)) == [r"\frac{a}{b}", "c"]


def test_words_of_a_limit_go_with_its_signs() -> None:
    below = [atom("k", 0, 112, 7), atom("i", 6, 112, 7), atom("z", 40, 112, 7)]
    assert tex(attach_limits([operator(r"\sum", 0), *below], [], render_rows)) == [r"\sum_{k i}", "z"]
