"""Fractions, overlines, negations."""

from __future__ import annotations

from olmocr_core.domain.geometry import Box
from olmocr_core.pdf.formulas.atoms import Atom
from olmocr_core.pdf.formulas.compose import compose_latex
from olmocr_core.pdf.formulas.symbols import AtomKind


def atom(tex: str, x: float, base: float = 100.0, size: float = 10.0, kind: AtomKind = "ord") -> Atom:
    return Atom(tex, kind, Box(x, base - 0.7 * size, x + 0.5 * size, base), base, size)


def test_a_bar_makes_a_fraction_and_an_overline() -> None:
    atoms = [atom("a", 2, 94), atom("b", 2, 108), atom("=", 14), atom("z", 22)]
    assert compose_latex(atoms, [Box(0, 97, 9, 97.4)]) == r"\frac{a}{b} = z"
    assert compose_latex(atoms[3:], [Box(22, 91, 27, 91.4)]) == r"\overline{z}"


def test_a_stroke_through_a_relation_negates_it() -> None:
    assert compose_latex([atom("a", 0), atom(r"\not", 9), atom("=", 8), atom("b", 16)]) == r"a \neq b"
