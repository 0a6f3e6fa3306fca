"""The checker's decisions with a scripted browser, and equal equations with the real one."""

from __future__ import annotations

import pytest

from olmocr_core.bench.math.cache import DrawingCache
from olmocr_core.bench.math.checker import KatexChecker, open_checker
from olmocr_core.bench.math.chromium import BrowserFault
from olmocr_core.bench.math.renderer import EquationRenderer


@pytest.fixture
def checker(files, browsers, tmp_path):
    cache = DrawingCache(tmp_path / "equations", with_fonts=True)
    return lambda compat=False: KatexChecker(EquationRenderer(files, browsers.start, cache), compat=compat)


def test_a_literal_equation_needs_no_rendering(checker, browsers):
    assert checker().check(" error x ", "so $error x$").passed is True
    assert not browsers.started


def test_part_of_an_equation_is_enough(checker):
    assert checker().check("a b", "so $c a b d$").passed is True
    assert checker().check("b a", "so $c a b d$").passed is False


def test_a_failure_names_the_nearest_equation_and_its_error(checker):
    verdict = checker().check("a b", r"$zzz$ and $a error$")
    assert verdict.passed is False
    assert (
        "renders like a b; the nearest is a error, which KaTeX cannot render (KaTeX parse error)" in verdict.explanation
    )
    assert 0 < verdict.score < 1
    assert "the page has none" in checker().check("a b", "no equation").explanation


def test_a_reference_that_cannot_be_rendered_has_no_verdict_except_in_compat_mode(checker):
    assert checker().check("error x", "$a$").passed is None
    assert checker(compat=True).check("error x", "$a$").passed is True
    assert checker(compat=True).check("error x", "nothing").passed is False


def test_a_browser_that_does_not_start_gives_no_verdict(files, tmp_path):
    def start():
        raise BrowserFault("no display")

    checker = KatexChecker(EquationRenderer(files, start, DrawingCache(tmp_path / "c", with_fonts=True)))
    verdict = checker.check("x", "$y$")
    assert verdict.passed is None
    assert "no display" in verdict.explanation


@pytest.fixture(scope="module")
def drawn(program, katex, tmp_path_factory):
    judges = {compat: open_checker(compat=compat, cache=tmp_path_factory.mktemp("cache")) for compat in (False, True)}
    yield judges
    for checker in judges.values():
        checker.close()


@pytest.mark.parametrize("compat", [False, True])
@pytest.mark.parametrize(
    ("reference", "text", "expected"),
    [
        (r"\frac{a}{b}", r"$a \over b$", True),
        (r"\frac{a}{b}", r"$$\frac{b}{a}$$", False),
        (r"x^2", r"\(x^{2}+1\)", True),
        (r"x^2", r"\(x^3\)", False),
        # Neither is in the other's row or column: the rules cannot distinguish them.
        (r"x^2", r"\(x_2\)", True),
        (r"\mathrm{d}x", r"$\rm{d}x$", True),
        (r"\sum_{i=1}^n i", r"$\sum\limits_{i=1}^{n} i$", True),
        (r"\begin{pmatrix}0&0\\0&1\end{pmatrix}", r"$\left(\begin{matrix}0&0\\0&1\end{matrix}\right)$", True),
        (r"\begin{pmatrix}0&0\\0&1\end{pmatrix}", r"$\begin{pmatrix}1&0\\0&0\end{pmatrix}$", False),
        (r"a<b", r"$a \lt b$", True),
        (r"x", r"$\undefined$", False),
        (r"é = 1", r"$é=1$", True),
    ],
)
def test_equations_that_render_alike(drawn, compat, reference, text, expected):
    assert drawn[compat].check(reference, text).passed is expected


def test_positions_follow_the_fonts_of_katex(drawn):
    """A letter of KaTeX_Math-Italic at 24 pixels times 1.21 has the width of its metrics, with any system fonts."""
    x = drawn[False].renderer.render(["x"])["x"].symbols[0]
    assert x.text == "x"
    assert x.width == pytest.approx(0.57153 * 24 * 1.21, abs=0.02)


def test_macro_bombs_and_huge_equations_end_in_time(drawn):
    bomb = r"\def\a{xxxxxxxxxx}\def\b{\a\a\a\a\a\a\a\a\a\a}\def\c{\b\b\b\b\b\b\b\b\b\b}\c\c\c\c\c\c\c\c\c\c\c\c"
    endless = r"\def\x{\x\x}\x"
    drawings = drawn[False].renderer.render([bomb, endless, "y"])
    assert drawings[bomb].error
    assert drawings[endless].error
    assert drawings["y"].error is None
