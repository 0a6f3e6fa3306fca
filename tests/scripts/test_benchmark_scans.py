from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scripts.benchmark_scans import Read, count_broken, format_table, measure_scores, split_words
from scripts.make_equation_scans import page_html
from scripts.scans.damage import KINDS
from scripts.scans.equations import Grammar
from scripts.scans.pages import Page, find_missing_files, make_page


def read(words: str, truth: str = "one two three four") -> Read:
    return Read("blurred", 0, truth.split(), words.split(), 2.0)


def test_words_are_separated_from_markup_and_punctuation() -> None:
    text = "# The **Old** 'man', it's 1,546 or well-known.\n<table><td>x</td></table> | y"
    assert split_words(text) == ["The", "Old", "man", "it's", "1,546", "or", "well-known", "x", "y"]


def test_recall_and_f1_count_every_occurrence() -> None:
    assert measure_scores([read("one two two")]) == (0.5, pytest.approx(4 / 7), 2.0)
    assert measure_scores([read("one two"), read("one two three four")])[0] == 0.75


def test_words_that_were_right_before_are_counted() -> None:
    assert count_broken(read("one two three"), read("one tow three four")) == 1
    row = format_table([read("one tow three four")], [read("one two three")], "damage").splitlines()[2]
    assert row == "| blurred | 75.0% | 75.0% | 2.00 | 75.0% | 85.7% | 2.00 | 1 | 1 |"


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind not in ("bleed-through", "edges", "old", "facing pages")]
)
def test_damage_is_the_same_each_time(kind: str) -> None:
    page = Page(np.full((120, 90), 230, np.uint8), (), 100)
    page.image[40:60, 20:70] = 30
    first, second = (KINDS[kind][1](page.image, np.random.default_rng(7)) for _ in range(2))
    assert (first == second).all()
    assert kind in ("clean", "coarse", "jpeg") or first.shape != page.image.shape or (first != page.image).any()


@pytest.mark.skipif(bool(find_missing_files()), reason="the Debian packages with fonts and texts are not installed")
def test_a_page_holds_its_words() -> None:
    page = make_page(0, 1, 100)
    assert len(page.words) > 100
    assert 0.005 < (page.image < 128).mean() < 0.3
    assert make_page(0, 1, 100).words == page.words


def test_generated_equations_are_deterministic_and_complete() -> None:
    source, equations = page_html(Path("katex"), Grammar(3))
    assert page_html(Path("katex"), Grammar(3)) == (source, equations)
    assert page_html(Path("katex"), Grammar(4))[1] != equations
    assert len(equations) == 10 == source.count('class="e"')
    for equation in equations:
        assert "=" in equation
        assert equation.count("{") == equation.count("}")
        assert equation.count("(") == equation.count(")")
