"""Equations of a text layer: from a page that LaTeX set (tests/data/equations.tex), and piece by piece."""

from pathlib import Path
from typing import get_args

import pypdfium2 as pdfium
import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.geometry import Box
from olmocr_core.layout.transcribe import transcribe_layout
from olmocr_core.pdf.formulas.atoms import Atom
from olmocr_core.pdf.formulas.compose import compose_latex
from olmocr_core.pdf.formulas.find import Formula, find_formulas_in_glyphs
from olmocr_core.pdf.formulas.glyphs import Glyph
from olmocr_core.pdf.formulas.in_text import drop_incomplete_formulas, split_ranges
from olmocr_core.pdf.formulas.symbols import AtomKind, look_up_symbol
from olmocr_core.pdf.formulas.trim import is_list_number, remove_equation_numbers, trim_run
from olmocr_core.pdf.text_layer import extract_layout

DATA = Path(__file__).parents[2] / "data"


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
def test_a_set_equation_comes_as_latex(text: str, latex: str) -> None:
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
def test_equations_of_a_paper_come_as_latex(more: str, latex: str) -> None:
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


def atom(tex: str, x: float, base: float = 100.0, size: float = 10.0, kind: AtomKind = "ord") -> Atom:
    return Atom(tex, kind, Box(x, base - 0.7 * size, x + 0.5 * size, base), base, size)


def test_scripts_hang_on_what_they_follow() -> None:
    assert compose_latex([atom("x", 0), atom("2", 5, 96, 7), atom("i", 5, 102, 7), atom("+", 12), atom("y", 20)]) == (
        "x^{2}_{i} + y"
    )


def test_a_script_of_a_script_is_inside_it() -> None:
    assert compose_latex([atom("x", 0), atom("a", 5, 103, 7), atom("b", 8.6, 105, 5), atom("=", 14)]) == "x_{a_{b}} ="


def test_a_bar_makes_a_fraction_and_an_overline() -> None:
    atoms = [atom("a", 2, 94), atom("b", 2, 108), atom("=", 14), atom("z", 22)]
    assert compose_latex(atoms, [Box(0, 97, 9, 97.4)]) == r"\frac{a}{b} = z"
    assert compose_latex(atoms[3:], [Box(22, 91, 27, 91.4)]) == r"\overline{z}"


def test_rows_are_aligned() -> None:
    assert compose_latex([atom("a", 0), atom("b", 0, 120)]) == r"\begin{aligned} a \\ b \end{aligned}"


def test_a_tall_brace_without_a_partner_holds_cases() -> None:
    brace = Atom(r"\{", "open", Box(0, 80, 4, 120), 80, 10, stretched=True)
    cells = [atom("a", 6, 95), atom("b", 30, 95), atom("c", 6, 115), atom("d", 30, 115)]
    assert compose_latex([brace, *cells]) == r"\begin{cases} a & b \\ c & d \end{cases}"


def test_a_delimiter_in_pieces_is_one() -> None:
    bracket = [Atom(tex, kind, Box(x, y, x + 3, y + 12), y, 10, stretched=True)
               for tex, kind, x in (("[", "open", 0), ("]", "close", 20)) for y in (80, 92, 104)]  # fmt: skip
    cells = [atom("a", 8, 90), atom("b", 8, 105), atom("c", 8, 114)]
    assert compose_latex([*bracket[:3], *cells, *bracket[3:]]) == r"\begin{bmatrix} a \\ b \\ c \end{bmatrix}"


def test_what_is_struck_through_is_negated() -> None:
    assert compose_latex([atom("a", 0), atom(r"\not", 9), atom("=", 8), atom("b", 16)]) == r"a \neq b"


def test_too_much_is_left_alone() -> None:
    assert compose_latex([atom("x", 6 * at) for at in range(601)]) == ""


@pytest.mark.parametrize(
    ("char", "font", "expected"),
    [
        ("∈", "CMSY10", (r"\in", "rel")),
        ("R", "MSBM10", (r"\mathbb{R}", "ord")),
        ("L", "CMSY10", (r"\mathcal{L}", "ord")),
        ("h", "CMSY10", (r"\langle", "open")),
        ("h", "CMMI10", ("h", "ord")),
        ("X", "CMEX10", (r"\sum", "op")),
        ("\x12", "CMEX10", ("(", "open")),
        ("\x0f", "CMMI10", (r"\epsilon", "ord")),
        ("\uf8ef", "CMEX10", ("[", "open")),
        ("φ", "STIXMath", (r"\varphi", "ord")),
        ("\U0001d465", "LatinModernMath", ("x", "ord")),
        ("ŷ", "CMMI10", (r"\hat{y}", "ord")),
        ("0", "CMSY7", (r"\prime", "ord")),
        ("1", "CMSY10", (r"\infty", "ord")),
        ("♣", "LMMathSymbols10-Regular", ("|", "ord")),
        ("Ω", "CMR10", (r"\Omega", "ord")),
        ("\U0001d431", "STIXTwoMath-Regular", (r"\mathbf{x}", "ord")),
        ("\U0001d4a9", "STIXTwoMath-Regular", (r"\mathcal{N}", "ord")),
        ("\u0303", "STIXTwoMath-Regular", ("tilde", "accent")),
        ("\ue000", "CMEX10", None),
        ("語", "Math", None),
    ],
)
def test_what_a_glyph_means(char: str, font: str, expected: tuple[str, AtomKind] | None) -> None:
    assert look_up_symbol(char, font) == expected


ATOMS = st.lists(
    st.builds(
        lambda tex, x, y, width, height, size, kind, limits, stretched, upright: Atom(
            tex, kind, Box(x, y, x + width, y + height), y + height, size, limits, stretched, upright
        ),
        tex=st.sampled_from(["x", "1", r"\{", "(", ")", "]", r"\sum", r"\not", r"\prime", "hat", "|", ""]),
        x=st.integers(0, 60),
        y=st.integers(0, 60),
        width=st.integers(0, 12),
        height=st.integers(0, 40),
        size=st.sampled_from([5.0, 7.0, 10.0, 14.0]),
        kind=st.sampled_from(get_args(AtomKind)),
        limits=st.booleans(),
        stretched=st.booleans(),
        upright=st.booleans(),
    ),
    max_size=14,
)
BARS = st.lists(st.builds(lambda x, y, w: Box(x, y, x + w, y + 0.4), *(st.integers(0, 60),) * 3), max_size=3)


@given(ATOMS, BARS)
def test_whatever_stands_wherever_ends_in_balanced_braces(atoms: list[Atom], bars: list[Box]) -> None:
    latex = compose_latex(atoms, bars).replace(r"\{", "").replace(r"\}", "")
    assert latex.count("{") == latex.count("}")
    assert latex.count(r"\left") - latex.count(r"\leq") == latex.count(r"\right")


def glyphs(text: str, *, step: float = 5.0) -> list[Glyph]:
    """Characters in a row, a space leaving white; letters in a font for mathematics."""
    made = []
    for at, char in enumerate(text):
        if char == " ":
            continue
        font = "CMMI10" if char.isalpha() else "CMR10"
        known = look_up_symbol(char, font)
        assert known is not None
        box = Box(step * at, 93, step * at + 5, 100)
        made.append(Glyph(at, char, font, 10.0, box, 100.0, known[0], known[1], font == "CMMI10"))
    return made


def _glyph(at: int, char: str, font: str, x: int, y: int, width: int, height: int, size: float) -> Glyph | None:
    known = look_up_symbol(char, font) or (None, "ord")
    box = Box(x, y, x + width, y + height)
    return None if char == " " else Glyph(at, char, font, size, box, y + height, *known, math=font != "CMR10")


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


@given(PLACED, BARS)
def test_no_arrangement_of_glyphs_stops_the_reading_of_a_page(
    placed: list[tuple[str, str, int, int, int, int, float]], bars: list[Box]
) -> None:
    made = [_glyph(at, *place) for at, place in enumerate(placed)]
    members = [member for formula in find_formulas_in_glyphs(made, bars) for member in formula.members]
    assert len(members) == len(set(members))
    assert all(made[member] is not None for member in members)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("x=1,", "x=1"),
        ("(x=1", "x=1"),
        ("x=f(y))", "x=f(y)"),
        ("[0,x]", "[0,x]"),
        ("2x=3", "2x=3"),
        ("12.   x=3", "x=3"),
        ("7   x=3", "x=3"),
        ("n-", "n"),
        (".,;", ""),
        ("7", ""),
        ("12", ""),
        ("x. . .", "x..."),
    ],
)
def test_what_belongs_to_the_sentence_is_trimmed(text: str, kept: str) -> None:
    assert "".join(glyph.char for glyph in trim_run(glyphs(text))) == kept


@given(st.text(alphabet="x1(=).,:+ -a√", max_size=12))
def test_whatever_is_trimmed_is_a_part_of_the_run(text: str) -> None:
    run = glyphs(text)
    kept = trim_run(remove_equation_numbers(run))
    assert [glyph.index for glyph in kept] == [glyph.index for glyph in run if glyph in kept]


def test_the_number_of_an_equation_is_not_a_part_of_it() -> None:
    assert "".join(glyph.char for glyph in remove_equation_numbers(glyphs("x=1    (4.2)"))) == "x=1"
    assert "".join(glyph.char for glyph in remove_equation_numbers(glyphs("x=f(2)"))) == "x=f(2)"


def test_the_number_of_a_list_is_told_from_one_of_a_term() -> None:
    assert is_list_number(glyphs("150.  x=1"))
    assert not is_list_number(glyphs("1.5x"))


def formula(members: range, *, display: bool) -> Formula:
    return Formula("x", frozenset(members), Box(0, 0, 10, 10), 10.0, display)


def test_what_touches_an_equation_stays_with_it() -> None:
    inline = formula(range(1, 3), display=False)
    free, touching = split_ranges([(0, 4), (5, 8)], [inline])
    assert free == [(5, 8)]
    assert touching == {0: [(0, 1), (3, 4)]}


def test_a_displayed_equation_that_letters_touch_was_not_understood() -> None:
    codes = [ord(char) for char in "x=yz"]
    assert drop_incomplete_formulas([formula(range(3), display=True)], [(0, 4)], codes) == ()
    codes[3] = ord(",")
    assert len(drop_incomplete_formulas([formula(range(3), display=True)], [(0, 4)], codes)) == 1
