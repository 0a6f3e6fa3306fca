from __future__ import annotations

import pytest

from olmocr_core.domain.geometry import Box, Region, Word
from olmocr_core.layout import transcribe_layout
from olmocr_core.layout.joining import collect_vocabulary, join_text
from olmocr_core.layout.lines import group_lines, join_words
from tests.core.layout.pages import line, lines, page, prose


@pytest.mark.parametrize(
    ("before", "after", "joined"),
    [
        ("the trans-", "formed text", "the transformed text"),
        ("the Gauss-", "Bonnet theorem", "the Gauss-Bonnet theorem"),
        ("a self-", "made man", "a self-made man"),
        ("state-of-", "the art", "state-of-the art"),
        ("pages 12-", "15 of it", "pages 12-15 of it"),
        ("a dash -", "and more", "a dash - and more"),
        ("two", "words", "two words"),
        ("これは", "文です", "これは文です"),
    ],
)
def test_lines_are_joined_with_hyphenation_undone(before: str, after: str, joined: str) -> None:
    assert join_text(before, after) == joined


def test_the_page_decides_whether_a_hyphen_is_real() -> None:
    assert join_text("a well-", "known rule", collect_vocabulary(["wellknown"])) == "a wellknown rule"
    assert join_text("the tax-", "payer", collect_vocabulary(["tax-payer"])) == "the tax-payer"


def test_a_paragraph_goes_on_across_the_column_break() -> None:
    left = [*prose("left", 11), "and this sentence is not at its end yet be-"]
    right = ["cause the other column goes on with it here", *prose("right", 11)]
    text = transcribe_layout(page(lines(left, 50, 100), lines(right, 320, 100))).text

    assert "at its end yet because the other column" in text


def test_white_and_indents_part_paragraphs() -> None:
    first, second = lines(prose("a", 3), 50, 100), lines(prose("b", 3), 50, 150)
    third = [*line("An indented line opens a paragraph too", 65, 190), *lines(prose("c", 2), 50, 202)]
    full = [w for i in range(3) for w in line("a full line that reaches the right edge of it", 50, 240 + 12 * i)]
    text = transcribe_layout(page(first, second, third, full)).text

    assert [p.split()[0] for p in text.split("\n\n")] == ["and", "and", "An", "a"]


def test_headings_have_levels_by_size_number_and_weight() -> None:
    groups = [
        line("The title of it all", 50, 60, size=20),
        lines(prose("a", 6), 50, 100),
        line("2.1 Numbered and bold", 50, 190, bold=True),
        lines(prose("b", 6), 50, 215),
        line("Only bold", 50, 305, bold=True),
        lines(prose("c", 6), 50, 330),
    ]
    text = transcribe_layout(page(*groups)).text

    assert "# The title of it all\n" in text
    assert "\n### 2.1 Numbered and bold\n" in text
    assert "\n#### Only bold\n" in text
    assert text.count("#") == 8


def test_a_page_is_never_all_headings() -> None:
    rows = [w for i in range(10) for w in line(f"Bold row number {i}", 50, 100 + 30 * i, bold=i % 2 == 0)]
    assert "#" not in transcribe_layout(page(rows)).text


def test_a_layout_model_names_a_heading() -> None:
    groups = [line("A plain heading", 50, 100), lines(prose("a", 8), 50, 130)]
    regions = (Region("title", Box(48, 98, 200, 112), 0.9),)

    assert transcribe_layout(page(*groups, regions=regions)).text.startswith("### A plain heading\n\n")


def test_bullets_become_dashes_and_numbers_stay() -> None:
    items = [*line("• first thing", 60, 160), *line("• second thing", 60, 172), *line("3. third thing", 60, 184)]
    text = transcribe_layout(page(lines(prose("a", 4), 50, 100), items)).text

    assert "- first thing\n- second thing\n3. third thing" in text


def test_code_is_fenced_with_its_indentation() -> None:
    code = [*line("def f(x):", 50, 200, font="Courier"), *line("return x", 70, 212, font="Courier")]
    text = transcribe_layout(page(lines(prose("a", 6), 50, 100), code)).text

    assert "```\ndef f(x):\n    return x\n```" in text


def test_a_typewritten_page_is_not_code() -> None:
    assert "```" not in transcribe_layout(page(lines(prose("a", 9), 50, 100, font="Courier"))).text


def test_a_superscript_stays_on_its_line() -> None:
    words = [*line("the area is x", 50, 100), Word("2", Box(115, 98.5, 118, 104.5), 6), *line("in all", 125, 100)]

    assert [found.text for found in group_lines(words)] == ["the area is x2 in all"]


def test_words_of_a_text_layer_keep_their_spaces_however_tight() -> None:
    words = [Word("Credit", Box(0, 0, 30, 10), 10), Word("Markets", Box(30.1, 0, 60, 10), 10)]
    assert join_words(words) == "Credit Markets"


def test_right_to_left_lines_are_in_logical_order() -> None:
    texts = ["שלום", "עולם", "Open", "Source", "טוב"]
    x, words = 400.0, []
    for text in [texts[0], texts[1], texts[3], texts[2], texts[4]]:
        words.append(Word(text, Box(x - 30, 100, x, 110), 10))
        x -= 35

    assert group_lines(words)[0].text == " ".join(texts)


def test_footnotes_come_after_the_text() -> None:
    left = [*lines(prose("left", 44), 50, 80), *line("1 A note of the left column.", 50, 640, size=8)]
    text = transcribe_layout(page(left, lines(prose("right", 46), 320, 80))).text

    assert text.endswith("1 A note of the left column.")


def test_a_page_that_lies_on_its_side_is_read_upright() -> None:
    upright = [*lines(prose("a", 3), 50, 100), *lines(prose("b", 3), 50, 160)]
    turned = [
        Word(w.text, Box(w.box.y0, 792 - w.box.x1, w.box.y1, 792 - w.box.x0), w.size, rotation=90) for w in upright
    ]

    assert transcribe_layout(page(turned)).text == transcribe_layout(page(upright)).text
