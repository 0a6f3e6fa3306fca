"""Cases and matrices."""

from __future__ import annotations

from olmocr_core.domain.geometry import Box
from olmocr_core.pdf.formulas.atoms import Atom
from olmocr_core.pdf.formulas.compose import compose_latex
from tests.core.pdf.formulas.rows import atom


def test_a_tall_brace_without_a_partner_holds_cases() -> None:
    brace = Atom(r"\{", "open", Box(0, 80, 4, 120), 80, 10, stretched=True)
    cells = [atom("a", 6, 95), atom("b", 30, 95), atom("c", 6, 115), atom("d", 30, 115)]
    assert compose_latex([brace, *cells]) == r"\begin{cases} a & b \\ c & d \end{cases}"


def test_a_delimiter_in_pieces_is_one() -> None:
    bracket = [Atom(tex, kind, Box(x, y, x + 3, y + 12), y, 10, stretched=True)
               for tex, kind, x in (("[", "open", 0), ("]", "close", 20)) for y in (80, 92, 104)]  # fmt: skip
    cells = [atom("a", 8, 90), atom("b", 8, 105), atom("c", 8, 114)]
    assert compose_latex([*bracket[:3], *cells, *bracket[3:]]) == r"\begin{bmatrix} a \\ b \\ c \end{bmatrix}"
