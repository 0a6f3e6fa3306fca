"""Atoms to LaTeX."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.geometry import Box
from olmocr_core.pdf.formulas.atoms import Atom
from olmocr_core.pdf.formulas.compose import (
    compose_latex,
    compute_text_box,
    merge_operator_names,
    render_row,
    split_rows,
)
from olmocr_core.pdf.formulas.symbols import AtomKind
from tests.core.pdf.formulas.rows import atom

ATOMS = st.lists(
    st.builds(
        lambda tex, x, y, width, height, size, kind, limits, stretched, upright: Atom(
            tex, kind, Box(x, y, x + width, y + height), y + height, size, limits, stretched, upright
        ),
        tex=st.sampled_from(["x", "1", r"\{", "(", ")", "]", r"\sum", r"\not", r"\prime", "hat", "|", ""]),
        x=st.integers(0, 60),
        y=st.integers(0, 60),
        width=st.integers(0, 12),
        height=st.integers(0, 40),
        size=st.sampled_from([5.0, 7.0, 10.0, 14.0]),
        kind=st.sampled_from(get_args(AtomKind)),
        limits=st.booleans(),
        stretched=st.booleans(),
        upright=st.booleans(),
    ),
    max_size=14,
)
BARS = st.lists(st.builds(lambda x, y, w: Box(x, y, x + w, y + 0.4), *(st.integers(0, 60),) * 3), max_size=3)


def test_scripts_follow_their_base() -> None:
    assert compose_latex([atom("x", 0), atom("2", 5, 96, 7), atom("i", 5, 102, 7), atom("+", 12), atom("y", 20)]) == (
        "x^{2}_{i} + y"
    )


def test_a_script_of_a_script_is_inside_it() -> None:
    assert compose_latex([atom("x", 0), atom("a", 5, 103, 7), atom("b", 8.6, 105, 5), atom("=", 14)]) == "x_{a_{b}} ="


def test_rows_are_aligned() -> None:
    assert compose_latex([atom("a", 0), atom("b", 0, 120)]) == r"\begin{aligned} a \\ b \end{aligned}"


def test_too_many_atoms_give_no_latex() -> None:
    assert compose_latex([atom("x", 6 * at) for at in range(601)]) == ""


@given(ATOMS, BARS)
def test_whatever_stands_wherever_ends_in_balanced_braces(atoms: list[Atom], bars: list[Box]) -> None:
    latex = compose_latex(atoms, bars).replace(r"\{", "").replace(r"\}", "")
    assert latex.count("{") == latex.count("}")
    assert latex.count(r"\left") - latex.count(r"\leq") == latex.count(r"\right")


def spelled(word: str, x: float = 0.0) -> list[Atom]:
    return [replace(atom(char, x + 5 * at), upright=True) for at, char in enumerate(word)]


@pytest.mark.parametrize(
    ("word", "tex", "limits"),
    [
        ("sin", r"\sin", False),
        ("lim", r"\lim", True),
        ("rank", r"\operatorname{rank}", False),
        ("x", r"\mathrm{x}", False),
        ("if", r"\text{ if }", False),
    ],
)
def test_touching_upright_letters_are_a_name(word: str, tex: str, limits: bool) -> None:
    (name,) = merge_operator_names(spelled(word))
    assert (name.tex, name.limits) == (tex, limits)


def test_italic_letters_and_distant_ones_are_not_merged() -> None:
    assert [found.tex for found in merge_operator_names([atom("s", 0), atom("i", 5)])] == ["s", "i"]
    assert len(merge_operator_names([*spelled("sin"), *spelled("cos", 40)])) == 2


def test_a_small_atom_is_in_the_row_of_the_atom_that_it_follows() -> None:
    x, y, script = atom("x", 0, 100), atom("y", 0, 120), atom("2", 5, 116, 7)
    assert split_rows([x, y, script]) == [[x], [y, script]]
    assert split_rows([]) == []


def test_tall_delimiters_that_pair_up_grow() -> None:
    left = Atom("(", "open", Box(0, 80, 4, 120), 80, 10, stretched=True)
    right = Atom(")", "close", Box(20, 80, 24, 120), 80, 10, stretched=True)
    assert render_row([left, atom("x", 8), right]) == r"\left( x \right)"
    assert render_row([left, atom("x", 8)]) == "( x"


def test_arrows_in_pieces_are_one_command() -> None:
    assert compose_latex([atom("-", 0, kind="bin"), atom(r"\rightarrow", 5, kind="rel")]) == r"\longrightarrow"


def test_an_inline_equation_is_as_high_as_its_main_type() -> None:
    assert compute_text_box([atom("x", 0), atom("2", 5, 96, 7)]) == Box(0, 92.5, 8.5, 102.5)


def test_an_evaluation_bar_grows_with_its_fraction() -> None:
    fraction = Atom(r"\frac{a}{b}", "ord", Box(0, 88, 10, 112), 102.5, 10)
    bar = Atom("|", "ord", Box(12, 86, 13, 114), 100, 10, stretched=True)
    assert render_row([fraction, bar, atom("x", 14, 112, 7)]) == r"\left. \frac{a}{b} \right|_{x}"
    assert render_row([atom("a", 0), bar]) == "a |"


def test_a_prime_stands_before_other_superscripts() -> None:
    assert compose_latex([atom("x", 0), atom("2", 5, 96, 7), atom(r"\prime", 8.5, 95, 7)]) == r"x^{\prime 2}"
