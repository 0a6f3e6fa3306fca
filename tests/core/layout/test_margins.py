"""Page furniture: what is dropped, what stays uncertain, and what is text."""

from __future__ import annotations

import pytest

from olmocr_core.domain.geometry import Box, Region, Ruling, Word
from olmocr_core.layout import transcribe_layout
from tests.core.layout.pages import line, lines, page, prose

BODY = lines(prose("body", 48), 80, 100)
ACROSS = (Ruling(Box(80, 60, 320, 60)),)
TEXT = lines(
    [f"and so the text{i} line of text goes on here and on it goes to its end" for i in range(45)], 72, 100, 10, 1.3
)
FURNITURE = [
    "- 12 -",
    "— xii —",
    "Page 3 of 10",
    "12 | Annual Report 2023",
    "10/1/24, 3:42 PM Edgar, King of England - Wikipedia",
    "https://en.wikipedia.org/wiki/Edgar 1/34",
    "file:///home/me/page.html",
    "2024-10-01 15:42",
    "Confidential - do not distribute",
    "Draft – not for citation",
    "UNCLASSIFIED",
    "Journal of Finance, Vol. 12, No. 3",
    "J. Appl. Phys. 112, 043501 (2012)",
    "Chapter 3 Derivatives 273",
    "42 THE LIFE OF JOHNSON",
    "Smith and Jones 447",
]
CONTENT = [
    "2.1 Results",
    "October 1, 2024",
    "1 October 2024",
    "MEMORANDUM",
    "APPENDIX A",
    "Annual Report 2023",
    "World Population 1950 to 2020",
    "ORDER OF 12 MAY 1987",
    "Draft Report on Water",
    "Chapter 12",
    "Table 3. Summary of results",
]


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
def test_lines_recognisable_as_furniture_are_dropped(text: str) -> None:
    found = transcribe_layout(page(line(text, 100, 40, size=9), BODY))

    assert found.dropped == (text,)
    assert text not in found.text


def test_an_uncertain_header_is_left_to_the_document() -> None:
    found = transcribe_layout(page(line("Some words that may recur", 80, 40), BODY))

    assert found.header == ("Some words that may recur",)
    assert "may recur" not in found.text


@pytest.mark.parametrize("text", ["Some words that may recur", "2.2 List of things"])
def test_a_line_above_a_rule_across_the_page_is_a_header(text: str) -> None:
    assert transcribe_layout(page(line(text, 80, 40), BODY, rulings=ACROSS)).dropped == (text,)


def test_the_caption_of_a_table_is_no_header() -> None:
    found = transcribe_layout(page(line("Table 2: Design goals", 80, 40), BODY, rulings=ACROSS))

    assert found.dropped == ()


def test_a_bold_heading_over_a_line_is_no_header() -> None:
    found = transcribe_layout(page(line("Experience of many years", 80, 40, bold=True), BODY, rulings=ACROSS))

    assert found.dropped == ()


def test_a_short_rule_above_a_line_does_not_make_it_a_footer() -> None:
    rule = (Ruling(Box(80, 735, 180, 735)),)
    found = transcribe_layout(page(BODY, line("Address of the firm", 80, 745), rulings=rule))

    assert found.dropped == ()


def test_a_number_and_a_name_at_the_two_ends_of_a_line_are_a_running_head() -> None:
    head = [*line("4", 80, 40), *line("Guide for authors of papers and notes", 130, 40)]

    assert transcribe_layout(page(head, BODY)).dropped == ("4 Guide for authors of papers and notes",)


def test_a_publisher_beside_the_page_number_is_a_footer() -> None:
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


def test_a_header_region_is_a_header() -> None:
    words = line("Anything at all", 80, 40)
    found = transcribe_layout(page(words, BODY, regions=(Region("header", Box(70, 35, 300, 55), 0.9),)))

    assert found.dropped == ("Anything at all",)


def test_text_along_the_side_is_dropped() -> None:
    stamp = Word("arXiv:2101.00001", Box(20, 300, 34, 420), 14, rotation=90)
    found = transcribe_layout(page(BODY, [stamp]))

    assert found.dropped == ("arXiv:2101.00001",)


def test_both_running_heads_of_a_spread_are_dropped() -> None:
    heads = [*line("262 REPORT OF THE SECRETARY", 30, 30), *line("REPORT OF THE SECRETARY 263", 380, 36)]
    left, right = lines(prose("left", 20), 30, 80), lines(prose("right", 20), 340, 80)
    found = transcribe_layout(page(heads, left, right))

    assert found.dropped == ("262 REPORT OF THE SECRETARY", "REPORT OF THE SECRETARY 263")
    assert "SECRETARY" not in found.text


@pytest.mark.parametrize("text", FURNITURE)
@pytest.mark.parametrize("y", [60, 730])
def test_furniture_is_recognised_on_a_single_page(text: str, y: float) -> None:
    assert transcribe_layout(page(line(text, 72, y), TEXT)).dropped == (text,)


@pytest.mark.parametrize("text", CONTENT)
@pytest.mark.parametrize("y", [60, 730])
def test_possible_content_is_not_dropped(text: str, y: float) -> None:
    assert transcribe_layout(page(line(text, 72, y), TEXT)).dropped == ()


def test_a_print_stamp_is_dropped_even_where_it_touches_the_text() -> None:
    stamp = "10/1/24, 3:42 PM Edgar, King of England - Wikipedia"
    assert transcribe_layout(page(line(stamp, 72, 87), TEXT)).dropped == (stamp,)
