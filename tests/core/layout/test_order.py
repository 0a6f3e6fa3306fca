"""Reading order of columns, bands and rows."""

from __future__ import annotations

import time

from olmocr_core.domain.geometry import Box, Word
from olmocr_core.layout import extract_plain_text, transcribe_layout
from olmocr_core.layout.order import find_reading_order
from tests.core.layout.pages import line, lines, page, prose


def test_columns_are_read_one_after_the_other() -> None:
    text = transcribe_layout(page(lines(prose("left", 12), 50, 100), lines(prose("right", 12), 320, 100))).text

    places = [text.index(word) for word in ("left0", "left11", "right0", "right11")]
    assert places == sorted(places)


def test_three_columns_are_read_from_left_to_right() -> None:
    columns = [lines([f"some {name}{i} words here" for i in range(10)], x, 100) for name, x in
               (("a", 40), ("b", 220), ("c", 400))]  # fmt: skip
    text = transcribe_layout(page(*columns)).text

    places = [text.index(word) for word in ("a0", "a9", "b0", "b9", "c0", "c9")]
    assert places == sorted(places)


def test_a_spanning_title_comes_first_and_does_not_hide_the_columns() -> None:
    title = line("A title that spans both of the columns below", 120, 60, size=16)
    body = (lines(prose("left", 12), 50, 100), lines(prose("right", 12), 320, 100))
    text = transcribe_layout(page(*body, title)).text

    assert text.startswith("# A title that spans both")
    assert text.index("left11") < text.index("right0")


def test_an_element_between_the_columns_cuts_them_into_bands() -> None:
    upper = (lines(prose("ul", 8), 50, 100), lines(prose("ur", 8), 320, 100))
    wide = line("a caption as wide as the page stands between the upper and the lower part of it", 60, 230)
    lower = (lines(prose("ll", 8), 50, 270), lines(prose("lr", 8), 320, 270))
    text = transcribe_layout(page(*lower, *upper, wide)).text

    places = [text.index(word) for word in ("ul7", "ur0", "caption", "ll0", "ll7", "lr0")]
    assert places == sorted(places)


def test_labels_before_their_values_are_not_columns() -> None:
    rows = [*lines(["first", "second", "third", "fourth", "fifth", "sixth", "seventh"], 50, 100),
            *lines(prose("v", 7), 150, 100)]  # fmt: skip
    assert len(find_reading_order(rows)) == 1


def test_a_page_that_is_skewed_keeps_its_lines() -> None:
    words = [
        Word(w.text, Box(w.box.x0, w.box.y0 + w.box.x0 * 0.012, w.box.x1, w.box.y1 + w.box.x0 * 0.012), w.size)
        for w in lines(["one " * 24 + f"end{i}" for i in range(6)], 50, 100)
    ]
    text = extract_plain_text(page(words))

    assert [row.split()[-1] for row in text.split("\n")] == [f"end{i}" for i in range(6)]


def test_every_word_is_in_exactly_one_part() -> None:
    words = [*lines(prose("left", 9), 50, 100), *lines(prose("right", 14), 320, 90), *line("wide " * 15, 50, 400)]
    found = [word for part in find_reading_order(words) for word in part]

    assert sorted(map(id, found)) == sorted(map(id, words))


def test_twenty_thousand_words_take_seconds_not_minutes() -> None:
    words = [w for i in range(200) for w in line("x " * 100, 10, 4 * i, size=3)]
    start = time.process_time()
    transcribe_layout(page(words))

    assert len(words) == 20_000
    assert time.process_time() - start < 20


def test_no_words_give_no_text() -> None:
    assert transcribe_layout(page()).text == ""
    assert extract_plain_text(page()) == ""


def column(name: str, x: float, width: float, first: int) -> list[Word]:
    """Lines from OCR whose boxes extend to ``x + width`` although their ink ends earlier."""
    words = []
    for i in range(30):
        found = line(f"the {name}{i} line goes on", x, 100 + 12 * i, 10, confidence=0.95, line=first + i)
        last = found[-1]
        wide = Word(
            last.text, Box(last.box.x0, last.box.y0, x + width, last.box.y1), 10, confidence=0.95, line=first + i
        )
        words += [*found[:-1], wide]
    return words


def test_a_gutter_that_boxes_of_ocr_reach_into_is_found() -> None:
    text = transcribe_layout(page(column("left", 50, 118, 0), column("right", 170, 118, 100))).text
    assert text.index("left29") < text.index("right0")
