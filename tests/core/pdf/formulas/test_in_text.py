"""Equations in place of words."""

from __future__ import annotations

from olmocr_core.domain.geometry import Box
from olmocr_core.pdf.formulas.find import Formula
from olmocr_core.pdf.formulas.in_text import drop_incomplete_formulas, split_ranges


def formula(members: range, *, display: bool) -> Formula:
    return Formula("x", frozenset(members), Box(0, 0, 10, 10), 10.0, display)


def test_text_that_touches_an_equation_stays_with_it() -> None:
    inline = formula(range(1, 3), display=False)
    free, touching = split_ranges([(0, 4), (5, 8)], [inline])
    assert free == [(5, 8)]
    assert touching == {0: [(0, 1), (3, 4)]}


def test_a_displayed_equation_that_letters_touch_is_dropped() -> None:
    codes = [ord(char) for char in "x=yz"]
    assert drop_incomplete_formulas([formula(range(3), display=True)], [(0, 4)], codes) == ()
    codes[3] = ord(",")
    assert len(drop_incomplete_formulas([formula(range(3), display=True)], [(0, 4)], codes)) == 1
