"""The blocks of a page in its transcription."""

from __future__ import annotations

from hypothesis import given, settings

from olmocr_core.domain.geometry import Box, PageLayout, Region
from olmocr_core.domain.models import PageBlock
from olmocr_core.layout import transcribe_layout
from olmocr_core.layout.blocks import Block
from olmocr_core.layout.margins import Margins
from olmocr_core.layout.page_blocks import MOST_BLOCKS, collect_page_blocks
from tests.core.layout.pages import grid, line, lines, page, prose
from tests.core.layout.test_transcribe import pages


def blocks(*groups: object, **more: object) -> list[PageBlock]:
    return list(transcribe_layout(page(*groups, **more)).blocks)  # type: ignore[arg-type]


def test_each_block_says_what_it_is_and_where_it_stands() -> None:
    cells = [w for row in range(3) for column in range(2) for w in line("cell", 60 + 100 * column, 304 + 20 * row)]
    found = blocks(
        line("A Great Title", 50, 80, 20.0),
        lines(prose("a", 4), 50, 120),
        line("• first thing", 50, 190),
        line("• second thing", 50, 202),
        cells,
        rulings=grid([50, 150, 250], [300, 320, 340, 360]),
    )
    assert [one.type for one in found] == ["heading", "paragraph", "list", "list", "table"]
    assert (found[0].text, found[0].level, found[0].box) == ("# A Great Title", 1, (50, 80, 180, 100))
    assert found[2].text == "- first thing"
    assert found[4].text.startswith("<table>")


def test_a_paragraph_over_two_columns_has_the_box_around_both() -> None:
    left = [*prose("left", 11), "and this sentence is not at its end yet be-"]
    right = ["cause the other column goes on with it here", *prose("right", 11)]
    found = blocks(lines(left, 50, 100), lines(right, 320, 100))
    joined = next(one for one in found if "yet because" in one.text)
    assert joined.box[0] == 50
    assert joined.box[2] > 320


def test_margins_are_blocks_that_the_text_does_not_have() -> None:
    found = transcribe_layout(page(lines(prose("a", 12), 50, 120), line("17", 300, 760)))
    assert (found.blocks[-1].type, found.blocks[-1].text, found.dropped) == ("footer", "17", ("17",))
    assert "17" not in found.text


def test_figures_stand_in_their_column() -> None:
    words = lines(prose("a", 3), 50, 100), lines(prose("b", 3), 50, 400)
    region = Region("figure", Box(50, 200, 300, 350), 0.9)
    inside, paper = Box(60, 210, 290, 340), Box(-5, -5, 700, 800)
    found = blocks(*words, regions=(region,), images=(inside, paper, Box(0, 0, 20, 20)))
    assert [(one.type, one.text[:8]) for one in found] == [
        ("paragraph", "and so t"), ("figure", ""), ("paragraph", "and so t")
    ]  # fmt: skip
    assert found[1].box == (50, 200, 300, 350)


def test_a_displayed_equation_is_one() -> None:
    math = line(r"\[x^2\]", 200, 200, font="math")
    assert blocks(lines(prose("a", 6), 50, 100), math)[-1].type == "equation"


def test_a_page_in_thousands_of_pieces_has_none() -> None:
    piece = Block("table", (), Box(0, 0, 1, 1), text="<table></table>")
    for count, kept in ((MOST_BLOCKS, MOST_BLOCKS), (MOST_BLOCKS + 1, 0)):
        found = collect_page_blocks([piece] * count, [piece.text] * count, (), Margins(()), page())
        assert len(found) == kept


@settings(max_examples=100, deadline=None)
@given(pages())
def test_the_blocks_make_the_text(layout: PageLayout) -> None:
    found = transcribe_layout(layout)
    body = [one.text for one in found.blocks if one.type not in ("header", "footer")]
    assert "".join(found.text.split()) == "".join("".join(body).split())
    assert sorted(found.page_size or ()) == sorted((layout.width, layout.height))
