"""Tables of labels and descriptions, and similar layouts that are not tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.geometry import Box, Ruling, Word
from olmocr_core.layout import transcribe_layout
from olmocr_core.layout.tables_listed import find_listed_tables
from tests.core.layout.pages import line, lines, page, prose

DESCRIPTIONS = (
    "Where the files are",
    "How many may be open at once",
    "Names of all of them",
    "Asked for before it starts",
)
# Rules under the heads of a table at y=284 and under each of its rows.
RULES = tuple(Ruling(Box(50, 298 + 16 * i, 400, 298 + 16 * i)) for i in range(5))
LABELS = ("folder", "limit", "names", "question_first")


def rows(
    labels: tuple[str, ...], *columns: tuple[str, ...], xs: tuple[int, ...] = (50, 150, 250), y: float = 100
) -> list[Word]:
    """A row for each label, 16 points apart."""
    return [
        word
        for i, texts in enumerate(zip(labels, *columns, strict=True))
        for x, text in zip(xs, texts, strict=False)
        for word in line(text, x, y + 16 * i)
    ]


def test_labels_types_and_texts_are_a_table_with_wrapped_cells() -> None:
    heads = [*line("Name", 50, 280), *line("Type", 150, 280), *line("Meaning", 250, 280)]
    words = [*heads, *rows(LABELS[:2], ("path", "number"), DESCRIPTIONS[:2], y=300)]
    words += [
        *line("without being asked again", 250, 328),
        *rows(LABELS[2:], ("list", "flag"), DESCRIPTIONS[2:], y=346),
    ]
    text = transcribe_layout(page(lines(prose("a", 6), 50, 140), words, lines(prose("b", 6), 50, 440))).text

    assert "<tr><th>Name</th><th>Type</th><th>Meaning</th></tr>" in text
    assert (
        "<tr><td>limit</td><td>number</td><td>How many may be open at once without being asked again</td></tr>" in text
    )
    assert text.count("<tr>") == 5
    assert text.index("a5") < text.index("<table>") < text.index("b0")


@pytest.mark.parametrize(("bold", "found"), [(True, True), (False, False)])
def test_two_columns_need_heads(bold: bool, found: bool) -> None:
    heads = [*line("Name", 50, 84, bold=bold), *line("Meaning", 150, 84, bold=bold)]
    tables = find_listed_tables([*heads, *rows(LABELS, DESCRIPTIONS)], (), 10)

    assert bool(tables) == found
    if found:
        assert "<tr><td>names</td><td>Names of all of them</td></tr>" in tables[0].html


def test_a_rule_under_the_heads_marks_them() -> None:
    words = [*line("Name", 50, 84), *line("Meaning", 150, 84), *rows(LABELS, DESCRIPTIONS)]

    assert find_listed_tables(words, (Ruling(Box(50, 97, 300, 97)),), 10)
    assert not find_listed_tables(words, (Ruling(Box(50, 97, 100, 97)),), 10)


def test_a_table_in_a_column_of_the_page() -> None:
    left = lines(prose("left", 12), 30, 100)
    heads = [*line("Name", 320, 84, bold=True), *line("Meaning", 420, 84, bold=True)]
    (table,) = find_listed_tables([*left, *heads, *rows(LABELS, DESCRIPTIONS, xs=(320, 420))], (), 10)

    assert all(word.box.x0 >= 320 for word in table.words)
    assert table.html.count("<tr>") == 5


@pytest.mark.parametrize(
    "labels",
    [
        ("1.", "2.", "3.", "4."),
        ("[Abc]", "[Bcd]", "[Cde]", "[Def]"),
        ("Name:", "Street:", "Town:", "Country:"),
        ("alpha, 12", "beta, 13", "gamma, 14-16", "delta, 3"),
        ("same", "same", "same", "same"),
        ("and so it goes on and on", "in a column of the page", "which is as wide as this", "or a little less so"),
    ],
    ids=["list", "references", "form", "index", "repetition", "column"],
)
def test_items_of_lists_forms_and_indexes_are_not_labels(labels: tuple[str, ...]) -> None:
    assert not find_listed_tables(rows(labels, LABELS, DESCRIPTIONS, xs=(50, 200, 320)), (), 10)


def test_labels_beside_a_column_of_text_are_no_table() -> None:
    column = tuple(prose("right", 4))
    assert not find_listed_tables(rows(LABELS, LABELS, column), (), 10)
    beyond = [word for i, text in enumerate(DESCRIPTIONS) for word in line(text, 250, 170 + 16 * i)]
    assert find_listed_tables(rows(LABELS, LABELS, DESCRIPTIONS), (), 10)
    assert not find_listed_tables([*rows(LABELS, LABELS, DESCRIPTIONS), *beyond, *line("x", 20, 170)], (), 10)


def test_words_from_ocr_are_not_considered() -> None:
    words = [Word(w.text, w.box, w.size, confidence=0.9) for w in rows(LABELS, LABELS, DESCRIPTIONS)]
    assert not find_listed_tables(words, (), 10)


def test_heads_may_stand_above_the_first_rule() -> None:
    words = rows(("Name", *LABELS), ("Meaning", *DESCRIPTIONS), y=284)
    text = transcribe_layout(page(lines(prose("a", 6), 50, 140), words, rulings=RULES)).text

    assert text.endswith("</table>")
    assert "<table>\n<tr><th>Name</th><th>Meaning</th></tr>\n<tr><td>folder</td>" in text


def test_a_line_of_text_above_the_first_rule_is_no_head() -> None:
    words = [*line("This is said before", 50, 284), *rows(LABELS, DESCRIPTIONS, y=300)]
    text = transcribe_layout(page(lines(prose("a", 6), 50, 140), words, rulings=RULES)).text

    assert "This is said before\n\n<table>" in text


pieces = st.tuples(
    st.sampled_from(["a", "word", "12", "....", ".", "several words together", "end.", "x:", "1."]),
    st.sampled_from([50.0, 52.0, 150.0, 250.0, 320.0]),
    st.integers(0, 12),
)


@given(st.lists(pieces, max_size=40))
def test_words_are_in_one_table_at_most(found: list[tuple[str, float, int]]) -> None:
    words = [word for text, x, row in found for word in line(text, x, 60 + 16.0 * row)]
    tables = find_listed_tables(words, (), 10)
    taken = [id(word) for table in tables for word in table.words]

    assert len(taken) == len(set(taken))
    assert set(taken) <= set(map(id, words))
