from __future__ import annotations

import pytest

from olmocr_core.domain.geometry import Box, Region, Ruling, Word
from olmocr_core.layout import transcribe_layout
from tests.core.layout.pages import line, lines, page, prose

BODY = lines(prose("body", 48), 80, 100)


def test_a_lone_page_number_is_dropped() -> None:
    found = transcribe_layout(page(BODY, line("17", 300, 750)))

    assert found.dropped == ("17",)
    assert found.text.endswith("here")


@pytest.mark.parametrize(
    "text",
    [
        "262 REPORT OF THE SECRETARY",
        "Downloaded from http://example.org on May 3, 2020",
        "J. Doe et al. 14",
        "Page 3 of 12",
        "- iv -",
        "© 2020 Somebody",
        "Journal of Things, Vol. 3",
    ],
)
def test_what_says_that_it_is_furniture_is_dropped(text: str) -> None:
    found = transcribe_layout(page(line(text, 100, 40, size=9), BODY))

    assert found.dropped == (text,)
    assert text not in found.text


def test_an_uncertain_header_is_left_to_the_document() -> None:
    found = transcribe_layout(page(line("Some words that may recur", 80, 40), BODY))

    assert found.header == ("Some words that may recur",)
    assert "may recur" not in found.text


ACROSS = (Ruling(Box(80, 60, 320, 60)),)


@pytest.mark.parametrize("text", ["Some words that may recur", "2.2 List of things"])
def test_what_a_line_across_the_page_parts_from_the_text_is_a_header(text: str) -> None:
    assert transcribe_layout(page(line(text, 80, 40), BODY, rulings=ACROSS)).dropped == (text,)


def test_the_caption_of_a_table_is_no_header() -> None:
    found = transcribe_layout(page(line("Table 2: Design goals", 80, 40), BODY, rulings=ACROSS))

    assert found.dropped == ()


def test_a_bold_heading_over_a_line_is_no_header() -> None:
    found = transcribe_layout(page(line("Experience of many years", 80, 40, bold=True), BODY, rulings=ACROSS))

    assert found.dropped == ()


def test_the_short_line_above_a_note_makes_no_footer_of_it() -> None:
    rule = (Ruling(Box(80, 735, 180, 735)),)
    found = transcribe_layout(page(BODY, line("Address of the firm", 80, 745), rulings=rule))

    assert found.dropped == ()


def test_a_number_and_a_name_at_the_two_ends_of_a_line_are_a_running_head() -> None:
    head = [*line("4", 80, 40), *line("Guide for authors of papers and notes", 130, 40)]

    assert transcribe_layout(page(head, BODY)).dropped == ("4 Guide for authors of papers and notes",)


def test_the_name_of_a_house_beside_the_page_number_is_a_footer() -> None:
    found = transcribe_layout(
        page(BODY, line("17", 200, 745), line("Institute of Things", 80, 760, size=8, font="Other"))
    )

    assert found.dropped == ("17", "Institute of Things")


def test_a_title_at_the_top_stays() -> None:
    found = transcribe_layout(page(line("The Title", 80, 40, size=20), BODY))

    assert found.text.startswith("# The Title")
    assert (found.header, found.dropped) == ((), ())


def test_the_last_lines_of_the_text_stay() -> None:
    found = transcribe_layout(page(lines(prose("body", 54), 80, 100)))

    assert "body53" in found.text
    assert (found.footer, found.dropped) == ((), ())


def test_values_at_the_foot_of_a_form_are_not_dropped() -> None:
    found = transcribe_layout(page(BODY, line("Address of the firm foobar street", 80, 750, size=8, font="Other"),
                            line("Name of the firm", 80, 735, size=8, font="Other")))  # fmt: skip
    assert not any("foobar" in text for text in found.dropped)


def test_a_layout_model_is_believed_about_headers() -> None:
    words = line("Anything at all", 80, 40)
    found = transcribe_layout(page(words, BODY, regions=(Region("header", Box(70, 35, 300, 55), 0.9),)))

    assert found.dropped == ("Anything at all",)


def test_text_along_the_side_is_dropped() -> None:
    stamp = Word("arXiv:2101.00001", Box(20, 300, 34, 420), 14, rotation=90)
    found = transcribe_layout(page(BODY, [stamp]))

    assert found.dropped == ("arXiv:2101.00001",)
