"""Rows as LaTeX."""

from __future__ import annotations

import pytest

from olmocr_core.ocr.formulas.latex import render_row_text


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
