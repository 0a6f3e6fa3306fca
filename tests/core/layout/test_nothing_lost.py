from __future__ import annotations

import html
import re
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from olmocr_core.domain.geometry import Box, PageLayout, Region, Ruling, Word
from olmocr_core.layout import extract_plain_text, transcribe_layout
from tests.core.layout.pages import line

COORDINATE = st.integers(0, 55)
TEXT = st.lists(st.sampled_from(["alpha", "Beta", "12", "3.5", "x", "1.", "•", "gam-", "ma", "(a)", "אבג", "§", "page 3"]),
                min_size=1, max_size=8).map(" ".join)  # fmt: skip


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
def test_every_word_ends_somewhere(layout: PageLayout) -> None:
    found = transcribe_layout(layout)
    bare = html.unescape(
        re.sub(r"</?t[a-z]+[^>]*>", " ", " ".join((found.text, *found.header, *found.footer, *found.dropped)))
    )

    assert letters(bare) == letters("".join(word.text for word in layout.words))


@settings(max_examples=80, deadline=None)
@given(pages())
def test_plain_text_loses_nothing(layout: PageLayout) -> None:
    assert letters(extract_plain_text(layout)) == letters("".join(word.text for word in layout.words))


@settings(max_examples=30, deadline=None)
@given(pages())
def test_the_same_page_gives_the_same_text(layout: PageLayout) -> None:
    assert transcribe_layout(layout) == transcribe_layout(layout)
