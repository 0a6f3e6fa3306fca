"""Lines from OCR that are complete equations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.layout.linear_equations import convert_linear_equation


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("x² = A (x² + 4) + B(x² + 1).", "x^{2} = A ( x^{2} + 4 ) + B ( x^{2} + 1 )"),
        ("= B(x² + 1),", "= B ( x^{2} + 1 )"),
        ("y = 3 sin² x − 2.5 dx", r"y = 3 \sin^{2} x - 2.5 d x"),
        ("∴ a⁻¹ ≤ b", r"\therefore a^{-1} \leq b"),
    ],
)
def test_an_equation_becomes_latex(text: str, latex: str) -> None:
    assert convert_linear_equation(text) == latex


@pytest.mark.parametrize(
    "text",
    [
        "x = 5",
        "the area is 5 m² = 54 ft²",
        "(x² = 1",
        "² = x",
        "if x² = 1",
        "Smith², Jones³",
        "x² + 1",
        "",
    ],
)
def test_anything_else_is_left_alone(text: str) -> None:
    assert convert_linear_equation(text) is None


@given(st.text(alphabet="xyAB0123456789²³ +-=()<>.,∴", max_size=40))
def test_the_latex_keeps_all_letters(text: str) -> None:
    latex = convert_linear_equation(text)
    if latex is not None:
        plain = latex.replace(r"\therefore", "")
        assert [char for char in plain if char.isalpha()] == [char for char in text if char in "xyAB"]
