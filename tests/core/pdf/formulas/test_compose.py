"""Atoms to LaTeX."""

from __future__ import annotations

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.geometry import Box
from olmocr_core.pdf.formulas.atoms import Atom
from olmocr_core.pdf.formulas.compose import compose_latex
from olmocr_core.pdf.formulas.symbols import AtomKind

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


def atom(tex: str, x: float, base: float = 100.0, size: float = 10.0, kind: AtomKind = "ord") -> Atom:
    return Atom(tex, kind, Box(x, base - 0.7 * size, x + 0.5 * size, base), base, size)


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
