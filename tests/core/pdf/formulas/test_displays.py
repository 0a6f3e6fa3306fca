"""Parts of displayed lines that belong together."""

from __future__ import annotations

from olmocr_core.pdf.formulas.displays import join_displays
from olmocr_core.pdf.formulas.glyphs import Glyph
from olmocr_core.pdf.formulas.runs import flag_prose
from tests.core.pdf.formulas.rows import row


def joined(glyphs: list[Glyph | None]) -> tuple[str, list[int]]:
    """What is still prose, and the indices of joined glyphs."""
    flags, indices = join_displays(glyphs, flag_prose(glyphs))
    return "".join(glyph.char for glyph, flag in zip(glyphs, flags, strict=True) if glyph and flag), sorted(indices)


def test_equations_side_by_side_are_joined_with_the_word_between_them() -> None:
    glyphs = [*row("x=1"), *row(" if ", math="", x=25, at=3), *row("y=2", x=55, at=7)]
    assert joined(glyphs) == ("", [4, 5, 7])


def test_equations_in_a_sentence_stay_apart() -> None:
    glyphs = [
        *row("let ", math="", x=-20),
        *row("x=1", at=4),
        *row(" if ", math="", x=15, at=7),
        *row("y=2", x=35, at=11),
    ]
    assert joined(glyphs) == ("letif", [])


def test_other_words_do_not_join_equations() -> None:
    glyphs = [*row("x=1"), *row(" house ", math="", x=15, at=3), *row("y=2", x=50, at=10)]
    assert joined(glyphs)[1] == []


def test_the_name_before_a_displayed_relation_belongs_to_it() -> None:
    prose, indices = joined([*row("AIC ", math=""), *row("=x+1", x=20, at=4)])
    assert prose == ""
    assert indices == [1, 2, 4]


def test_words_of_the_line_itself_are_not_beside_it() -> None:
    glyphs = [*row("x=1"), *row(" if ", math="", x=16, at=3), *row("y=2", x=38, at=7)]
    assert joined(glyphs) == ("", [4, 5, 7])


def test_a_name_on_another_baseline_is_not_the_name_of_the_display() -> None:
    prose, indices = joined([*row("AIC ", math="", base=94), *row("=x+1", x=20, at=4)])
    assert (prose, indices) == ("AIC", [])
