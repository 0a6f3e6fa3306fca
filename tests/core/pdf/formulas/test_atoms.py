"""Atoms, and what is measured of several of them."""

from __future__ import annotations

from dataclasses import replace

from olmocr_core.domain.geometry import Box
from olmocr_core.pdf.formulas.atoms import Atom, bounding_box, exclude_atoms, measure_main_size
from tests.core.pdf.formulas.rows import atom


def test_the_bounding_box_holds_all_atoms() -> None:
    assert bounding_box([atom("a", 0), atom("b", 20, base=110)]) == Box(0, 93, 25, 110)


def test_stretched_delimiters_do_not_count_for_the_main_size() -> None:
    brace = Atom(r"\{", "open", Box(0, 0, 5, 40), 40, 40, stretched=True)
    assert measure_main_size([brace, atom("x", 10, size=7), atom("y", 20, size=10)]) == 10
    assert measure_main_size([brace]) == 40


def test_atoms_are_excluded_by_identity() -> None:
    first, twin = atom("x", 0), atom("x", 0)
    assert exclude_atoms([first, twin], [first]) == [twin]


def test_other_latex_keeps_the_place() -> None:
    x = atom("x", 3)
    changed = x.with_tex(r"\hat{x}")
    assert (changed.tex, changed.box, changed.base) == (r"\hat{x}", x.box, x.base)
    assert replace(x, box=Box(0, 10, 5, 30)).middle == 20
