"""Displayed equations in lines of text."""

from __future__ import annotations

import pytest

from olmocr_core.layout.equations import (
    has_displayed_latex,
    has_operator,
    has_prose,
    is_displayed_equation,
    measure_math_share,
)
from olmocr_core.layout.lines import Line
from tests.core.layout.pages import line


def made(text: str, x: float = 50.0, **style: object) -> Line:
    return Line(tuple(line(text, x, 100, **style)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = b", True),
        ("x ≤ 3", True),
        ("+ n", True),
        ("a + b", True),
        ("+ name of a variant", False),
        ("well-known words", False),
        ("", False),
    ],
)
def test_operators_of_equations(text: str, expected: bool) -> None:
    assert has_operator(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"), [("x and y", False), ("where x", True), (r"\(word\) a b", False), ("", False)]
)
def test_prose_is_a_longer_word_outside_of_latex(text: str, expected: bool) -> None:
    assert has_prose(text) is expected


def test_displayed_latex_is_recognised() -> None:
    assert has_displayed_latex(made(r"\[x=1\]"))
    assert not has_displayed_latex(made(r"\(x=1\)"))


def test_an_indented_line_of_signs_is_displayed() -> None:
    assert is_displayed_equation(made("x = 3 + y", 120), left=50, size=10)
    assert not is_displayed_equation(made("x = 3 + y", 52), left=50, size=10)
    assert not is_displayed_equation(made("there x = 3 holds when it rains", 120), left=50, size=10)


def test_math_fonts_tell_an_equation_without_signs() -> None:
    symbols = made("f g", 120, font="CMMI10")
    assert measure_math_share([symbols]) == 1.0
    assert is_displayed_equation(symbols, left=50, size=10)
    assert not is_displayed_equation(made("f g", 120, font="CMR10"), left=50, size=10)
    assert measure_math_share([symbols, made("a b", font="CMR10")]) == 0.5
