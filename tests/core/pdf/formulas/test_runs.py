"""Which characters of a page form equations, and which are words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.pdf.formulas.glyphs import Glyph
from olmocr_core.pdf.formulas.runs import find_glyph_runs, flag_prose
from tests.core.pdf.formulas.rows import row


def prose(glyphs: list[Glyph | None]) -> str:
    return "".join(glyph.char for glyph, flag in zip(glyphs, flag_prose(glyphs), strict=True) if glyph and flag)


def runs(glyphs: list[Glyph | None]) -> list[str]:
    return ["".join(glyph.char for glyph in run) for run in find_glyph_runs(glyphs, flag_prose(glyphs))]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("we set x=1 here", "wesethere"),
        ("sin(x)", ""),
        ("lim x", ""),
        ("rank(x)", ""),
        ("the norm x", "thenorm"),
    ],
)
def test_words_are_prose_and_function_names_are_not(text: str, words: str) -> None:
    assert prose(row(text)) == words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("we set x=1 here", ["x=1"]),
        ("1+2=3", []),
        ("x=1 and y=2", ["x=1", "y=2"]),
        ("no equation at all", []),
    ],
)
def test_a_run_holds_a_letter_of_a_math_font(text: str, found: list[str]) -> None:
    assert runs(row(text)) == found


def test_a_wide_gap_ends_a_run_unless_the_glyphs_are_joined() -> None:
    glyphs = [*row("x=y"), *row("z=n", x=60, at=3)]
    flags = [False] * len(glyphs)
    assert [len(run) for run in find_glyph_runs(glyphs, flags)] == [3, 3]
    assert [len(run) for run in find_glyph_runs(glyphs, flags, joined={3})] == [6]


def test_a_subscript_word_belongs_to_its_variable() -> None:
    glyphs = [*row("x"), *row("max", math="", x=5, base=102, size=6, at=1), *row("=1", x=16, at=4)]
    assert prose(glyphs) == ""
    assert runs(glyphs) == ["xmax=1"]


@given(st.text(alphabet="xyab12=+(). the", max_size=30))
def test_runs_are_disjoint_and_in_text_order(text: str) -> None:
    glyphs = row(text)
    flags = flag_prose(glyphs)
    indices = [glyph.index for run in find_glyph_runs(glyphs, flags) for glyph in run]
    assert indices == sorted(set(indices))
    assert not any(flags[index] for index in indices)


@pytest.mark.parametrize(("word", "is_prose"), [("uv", False), ("is", True), ("uvw", True)])
def test_two_italic_letters_are_a_product_unless_they_are_a_word(word: str, is_prose: bool) -> None:
    italic = [glyph and replace(glyph, font="CMTI10") for glyph in row(word, math="")]
    assert flag_prose([None, *(glyph and replace(glyph, index=glyph.index + 1) for glyph in italic)]) == [
        False,
        *[is_prose] * len(word),
    ]


def test_a_bracket_on_another_line_does_not_make_a_function_of_a_word() -> None:
    name = row("foo", math="")
    assert prose([*name, *row("(", math="", x=15, at=3)]) == ""
    assert prose([*name, *row("(", math="", x=15, base=130, at=3)]) == "foo"
