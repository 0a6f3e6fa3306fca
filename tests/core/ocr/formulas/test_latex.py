"""Rows as LaTeX."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.geometry import Box
from olmocr_core.ocr.formulas.connected_components import Blob
from olmocr_core.ocr.formulas.latex import render_nodes, render_row_text
from olmocr_core.ocr.formulas.recognise_rows import RecognisedSpan
from olmocr_core.ocr.formulas.tree import Fraction, Node, Root, Sign, SymbolRow


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("(x² + 1)", "( x^{2} + 1 )"),
        ("2 sin x − a₁", r"2 \sin x - a_{1}"),
        ("∴ 3A ≤ π", r"\therefore 3 A \leq \pi"),
        ("x⁻¹²", "x^{-12}"),
        ("1og a + l0g b", r"\log a + \log b"),
        ("日", None),
    ],
)
def test_rows_become_latex(text: str, latex: str | None) -> None:
    assert render_row_text(text) == latex


BOX = Box(0, 0, 9, 9)
READ: dict[int, list[RecognisedSpan]] = {}


def symbols(*spans: tuple[str, int]) -> SymbolRow:
    """A row that was read as these (text, level)."""
    row = SymbolRow((Blob(BOX, 9, np.ones((9, 9), np.uint8)),))
    READ[id(row)] = [RecognisedSpan(text, level, 0.9) for text, level in spans]
    KEPT.append(row)
    return row


KEPT: list[SymbolRow] = []


def sign(text: str) -> Sign:
    return Sign(text, BOX, tall=text in "(){}[]")


@pytest.mark.parametrize(
    ("nodes", "latex"),
    [
        ([symbols(("x", 0), ("2", 1), ("i", -1))], "x^{2}_{i}"),
        ([symbols(("x", 0), ("1", -1), ("2", -1))], "x_{1 2}"),
        ([symbols(("f", 0), ("'", 1))], "f'"),
        ([sign("="), Fraction((symbols(("a", 0)),), (symbols(("b.", 0)),), BOX)], r"= \frac{a}{b}"),
        ([Root((symbols(("x+1", 0)),), BOX)], r"\sqrt{x + 1}"),
        ([sign("("), symbols(("x", 0)), sign(")")], r"\left( x \right)"),
        ([sign("("), symbols(("x", 0))], "( x"),
        ([sign("∴"), symbols(("x", 0))], r"\therefore x"),
        ([symbols(("日", 0))], None),
        ([Fraction((symbols(("日", 0)),), (symbols(("b", 0)),), BOX)], None),
    ],
)
def test_a_tree_becomes_latex(nodes: list[Node], latex: str | None) -> None:
    assert render_nodes(nodes, READ) == latex


def test_raised_digits_are_plain_in_a_script() -> None:
    assert render_row_text("n⁻¹", script=True) == "n - 1"
    assert render_row_text("n⁻¹") == "n^{-1}"


@given(st.text(alphabet="xyz012+-=()²₁π sin", max_size=20))
def test_braces_are_balanced_and_letters_stay(text: str) -> None:
    latex = render_row_text(text)
    assert latex is not None
    assert latex.count("{") == latex.count("}")
    assert sum(char in "xyz" for char in latex) == sum(char in "xyz" for char in text)
