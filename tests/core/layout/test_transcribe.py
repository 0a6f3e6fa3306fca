"""A whole page to its transcription."""

from __future__ import annotations

import html
import re
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from olmocr_core.domain.geometry import Box, PageLayout, Region, Ruling, Word
from olmocr_core.layout import extract_plain_text, transcribe_layout
from tests.core.layout.pages import line, lines, page, prose, statement

COORDINATE = st.integers(0, 55)
TEXT = st.lists(st.sampled_from(["alpha", "Beta", "12", "3.5", "x", "1.", "•", "gam-", "ma", "(a)", "אבג", "§", "page 3"]),
                min_size=1, max_size=8).map(" ".join)  # fmt: skip


def test_a_paragraph_continues_across_the_column_break() -> None:
    left = [*prose("left", 11), "and this sentence is not at its end yet be-"]
    right = ["cause the other column goes on with it here", *prose("right", 11)]
    text = transcribe_layout(page(lines(left, 50, 100), lines(right, 320, 100))).text

    assert "at its end yet because the other column" in text


def test_gaps_and_indents_separate_paragraphs() -> None:
    first, second = lines(prose("a", 3), 50, 100), lines(prose("b", 3), 50, 150)
    third = [*line("An indented line opens a paragraph too", 65, 190), *lines(prose("c", 2), 50, 202)]
    full = [w for i in range(3) for w in line("a full line that reaches the right edge of it", 50, 240 + 12 * i)]
    text = transcribe_layout(page(first, second, third, full)).text

    assert [p.split()[0] for p in text.split("\n\n")] == ["and", "and", "An", "a"]


@st.composite
def pages(draw: st.DrawFn) -> PageLayout:
    words: list[Word] = []
    for _ in range(draw(st.integers(0, 25))):
        style = {"bold": draw(st.booleans()), "rotation": draw(st.sampled_from([0, 0, 0, 0, 90, 45]))}
        size = draw(st.sampled_from([6.0, 10.0, 10.0, 18.0]))
        words += line(draw(TEXT), 10.0 * draw(COORDINATE), 14.0 * draw(COORDINATE), size, **style)
    rulings = [
        Ruling(Box(10.0 * x, 14.0 * y, 10.0 * x + w, 14.0 * y + h))
        for x, y, (w, h) in draw(
            st.lists(st.tuples(COORDINATE, COORDINATE, st.sampled_from([(200, 0), (0, 100)])), max_size=12)
        )
    ]
    kinds = st.sampled_from(["table", "header", "title", "figure"])
    regions = [Region(kind, Box(50, 14.0 * y, 400, 14.0 * y + 90), 0.8) for kind, y in
               draw(st.lists(st.tuples(kinds, COORDINATE), max_size=3))]  # fmt: skip
    return PageLayout(612, 792, tuple(words), rulings=tuple(rulings), regions=tuple(regions))


def letters(text: str) -> Counter[str]:
    return Counter(ch for ch in text if ch.isalnum())


@settings(max_examples=150, deadline=None)
@given(pages())
def test_no_word_is_lost(layout: PageLayout) -> None:
    found = transcribe_layout(layout)
    bare = html.unescape(
        re.sub(r"</?t[a-z]+[^>]*>", " ", " ".join((found.text, *found.header, *found.footer, *found.dropped)))
    )

    assert letters(bare) == letters("".join(word.text for word in layout.words))


@settings(max_examples=80, deadline=None)
@given(pages())
def test_plain_text_keeps_every_word(layout: PageLayout) -> None:
    assert letters(extract_plain_text(layout)) == letters("".join(word.text for word in layout.words))


@settings(max_examples=30, deadline=None)
@given(pages())
def test_the_same_page_gives_the_same_text(layout: PageLayout) -> None:
    assert transcribe_layout(layout) == transcribe_layout(layout)


def test_a_table_that_was_recognised_before_takes_its_place() -> None:
    above, below = lines(prose("above", 4), 50, 100), lines(prose("below", 4), 50, 300)
    inside = line("these words are inside", 60, 210)
    found = transcribe_layout(page(above, below, inside, tables=((Box(50, 200, 300, 230), "<table>T</table>"),)))

    assert found.text.index("above3") < found.text.index("<table>T</table>") < found.text.index("below0")
    assert "these words" not in found.text


def test_a_page_of_figures_is_marked_as_a_table() -> None:
    assert transcribe_layout(page(statement())).is_table
    assert not transcribe_layout(page(lines(prose("a", 9), 50, 100))).is_table
