"""Lines to blocks: displayed equations, labels, paragraphs, signatures."""

from __future__ import annotations

from olmocr_core.layout import transcribe_layout
from tests.core.layout.pages import line, lines, page, prose


def test_displayed_equations_stand_alone() -> None:
    above, below = lines(prose("a", 4), 50, 100), lines(prose("b", 4), 50, 178)
    text = transcribe_layout(page(above, line("x + y = 2z", 120, 150), line("z = 3w + 4", 120, 164), below)).text

    assert "\n\nx + y = 2z\n\nz = 3w + 4\n\nand so" in text


def test_an_equation_that_wraps_within_an_item_stays_with_it() -> None:
    item = [*line("1. say in words how to find the point in", 50, 100), *line("s = 3t + 4 and when", 62, 112)]
    text = transcribe_layout(page(item, lines(prose("a", 4), 50, 150))).text

    assert "the point in s = 3t + 4" in text


def test_labels_and_their_values_keep_their_lines() -> None:
    words = [w for i, (label, value) in enumerate([("Reign", "959 to 975"), ("House", "Wessex"), ("Born", "at sea")])
             for w in [*line(label, 50, 100 + 13 * i), *line(value, 130, 100 + 13 * i)]]  # fmt: skip
    text = transcribe_layout(page(words, lines(prose("a", 4), 50, 300))).text

    assert text.startswith("Reign 959 to 975\n\nHouse Wessex\n\nBorn at sea\n\n")


def test_a_label_that_wraps_before_its_value_stays_whole() -> None:
    words = [
        *line("the address of your main base of", 50, 100),
        *line("operations", 50, 112),
        *line("Suburb", 180, 112),
    ]
    text = transcribe_layout(page(words, lines(prose("a", 4), 50, 300))).text

    assert "main base of operations Suburb" in text


def test_a_row_of_large_labels_is_no_heading() -> None:
    labels = [*line("Region", 80, 100, 14), *line("split", 200, 100, 14), *line("turn", 300, 100, 14)]
    text = transcribe_layout(page(labels, lines(prose("a", 6), 50, 150))).text

    assert not text.startswith("#")


def test_double_spaced_lines_are_paragraphs_by_their_indents() -> None:
    first, second = prose("a", 4), prose("b", 4)
    body = [*line(first[0], 80, 100), *lines(first[1:], 50, 124, leading=2.4), *line(second[0], 80, 196)]
    text = transcribe_layout(page(body, lines(second[1:], 50, 220, leading=2.4))).text

    assert text == " ".join(first) + "\n\n" + " ".join(second)


def test_a_signature_and_a_date_stand_aside() -> None:
    letter = [*line("Washington, Tuesday", 320, 88), *lines(["Dear Sir, " + text for text in prose("a", 4)], 50, 100)]
    letter += line("It is done.", 50, 148)
    text = transcribe_layout(page(letter, line("Abraham Lincoln", 320, 160))).text

    assert text.startswith("Washington, Tuesday\n\nDear Sir")
    assert text.endswith("It is done.\n\nAbraham Lincoln")


def test_capitals_are_no_headings_in_a_telegram() -> None:
    parts = [lines([text.upper() for text in prose(name, 3)], 50, y) for name, y in (("a", 100), ("b", 160))]
    text = transcribe_layout(page(*parts, line("WITH RESPECT, A FRIEND", 50, 220))).text

    assert "#" not in text
