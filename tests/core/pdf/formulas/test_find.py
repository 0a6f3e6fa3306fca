"""Equations of pages that LaTeX set (tests/data/equations.tex), and of glyphs anywhere."""

from __future__ import annotations

from pathlib import Path

import pypdfium2 as pdfium
import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.geometry import Box
from olmocr_core.layout.transcribe import transcribe_layout
from olmocr_core.pdf.formulas.find import find_formulas_in_glyphs
from olmocr_core.pdf.formulas.glyphs import Glyph
from olmocr_core.pdf.formulas.symbols import look_up_symbol
from olmocr_core.pdf.text_layer import extract_layout

DATA = Path(__file__).parents[3] / "data"
BARS = st.lists(st.builds(lambda x, y, w: Box(x, y, x + w, y + 0.4), *(st.integers(0, 60),) * 3), max_size=3)
PLACED = st.lists(
    st.tuples(
        st.sampled_from("x1(){}=+,.:ifΣ√Xh|ˆ0 "),
        st.sampled_from(["CMR10", "CMMI10", "CMSY10", "CMEX10", "STIXTwoMath"]),
        st.integers(0, 90),
        st.integers(0, 60),
        st.integers(1, 12),
        st.integers(1, 40),
        st.sampled_from([5.0, 7.0, 10.0]),
    ),
    max_size=16,
)


def read(name: str) -> str:
    document = pdfium.PdfDocument(DATA / name)
    try:
        return transcribe_layout(extract_layout(document[0])).text
    finally:
        document.close()


@pytest.fixture(scope="module")
def text() -> str:
    return read("equations.pdf")


@pytest.fixture(scope="module")
def more() -> str:
    return read("equations_more.pdf")


@pytest.mark.parametrize(
    "latex",
    [
        r"\(f ( x ) = \frac{1}{2} x^{2}\)",
        r"\(x \in [ 0 , 1 ]\)",
        r"\(\| x \|_{2} = \sqrt{x^{2}_{1} + \cdots + x^{2}_{n}}\)",
        r"\[\lim_{n \rightarrow \infty} \sum_{k = 1}^{n} f \left( \frac{k}{n} \right)\],",
        r"\[a = b + c^{2}_{i j}\] (1)",
        r"\[\leq \frac{d}{e + \frac{f}{g}}\] (2)",
        r"\[A = \begin{pmatrix} a & b \\ c & d \end{pmatrix} , \hat{\theta} \in \mathbb{R}\]",
        r"\(p < 0.05\), the (rather long) event that \(y \in L^{2} ( G )\) is",
    ],
)
def test_an_equation_is_read_as_latex(text: str, latex: str) -> None:
    assert latex in text


@pytest.mark.parametrize(
    "latex",
    [
        r"\(\hat{\Omega} ( \theta^{\ast} )\) and \(\Omega \subset \mathbb{R}^{n}\);",
        r"\(\Pr [ S \leq \operatorname{VaR}_{\alpha} ] = \alpha\), with \(f'' ( x ) = g' ( x )\)",
        r"\(a_{1} , \ldots , a_{n_{1} \ldots n_{p}}\) of them:",
        r"\[\sum_{l_{1} + \cdots + l_{p} = l} \prod_{i = 1}^{p} x_{i} , b = \lambda + \ldots\]",
        r"u_{i} = \begin{cases} n ! , & \text{ if } i = 1 \\ 0 , & \text{ otherwise } . \end{cases}",
        r"\widehat{\sigma}^{2} = \frac{1}{\sum^{k}_{i = 1} p_{i}} \text{ for } \text{ all } k",
        r"p = \frac{a + b}{c + d} \\ q = \frac{e + f}{g^{2}_{S} + h}",
        r"\sqrt{n} \overset{L}{\rightarrow} \iint f d x d y = \left. \frac{\partial p}{\partial w} \right|_{w}",
        r"\operatorname{AIC} = - 2 \ell ( \boldsymbol{\beta} )",
    ],
)
def test_equations_of_a_paper_are_read_as_latex(more: str, latex: str) -> None:
    assert latex in " ".join(more.split())


def test_the_sentences_around_displays_stay_as_they_are(more: str) -> None:
    assert "a risk is" in more
    assert more.endswith("Here ends what was set.")


def test_running_text_keeps_its_words_and_lone_letters(text: str) -> None:
    assert "and a number n. For the well-known norm" in text
    assert "A line holds 12.3 ± 0.4 and" in text


def test_displayed_equations_are_paragraphs(text: str) -> None:
    paragraphs = text.split("\n\n")
    assert sum(paragraph.startswith(r"\[") for paragraph in paragraphs) == 4


def _glyph(at: int, char: str, font: str, x: int, y: int, width: int, height: int, size: float) -> Glyph | None:
    known = look_up_symbol(char, font) or (None, "ord")
    box = Box(x, y, x + width, y + height)
    return None if char == " " else Glyph(at, char, font, size, box, y + height, *known, math=font != "CMR10")


@given(PLACED, BARS)
def test_no_arrangement_of_glyphs_stops_the_reading_of_a_page(
    placed: list[tuple[str, str, int, int, int, int, float]], bars: list[Box]
) -> None:
    made = [_glyph(at, *place) for at, place in enumerate(placed)]
    members = [member for formula in find_formulas_in_glyphs(made, bars) for member in formula.members]
    assert len(members) == len(set(members))
    assert all(made[member] is not None for member in members)
