import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from scripts.expectations import Expectation, Reading, check, corpus_folder, load_documents, load_expectations
from scripts.quality.checks import find_near_matches, normalise_latex
from scripts.quality.ground_truth import read_truth, word_agreement
from scripts.quality.normalise import normalise, strip_markdown
from scripts.quality.tables import find_tables, join_rows

HTML_TABLE = """
<table><tr><th rowspan="2">Country</th><th colspan="2">Population</th></tr>
<tr><th>2003</th><th>2004</th></tr>
<tr><td>Algeria</td><td>33&nbsp;003</td><td>33 461</td></tr>
<tr><td>Angola</td><td>15 421</td><td><b>15 977</b></td></tr></table>
"""
PIPE_TABLE = """
| Source | Words | Bytes |
|--------|:-----:|------:|
| arXiv  | 11.8B | 47.2B |
| Wiki \\| more | 3.7B | 16.2B |
"""


def expect(rule: str, **fields: Any) -> Expectation:
    return Expectation(document="pdfs/a.pdf", id="one", rule=rule, **fields)  # type: ignore[arg-type]


def holds(text: str, rule: str, /, **fields: Any) -> bool:
    return check(expect(rule, **fields), text).passed


@pytest.mark.parametrize(
    ("markdown", "seen"),
    [
        ("# A *fine* **title**", "A fine title"),
        ("snake_case_name and 2*3*4", "snake_case_name and 2*3*4"),
        ("<p>one<br/>two</p> <lazy> dog", "one two <lazy> dog"),
        ("x<sup>2</sup> &amp; y &lt; z", "x2 & y < z"),
        (r"\$43,456.78 \<lazy\> \#90", "$43,456.78 <lazy> #90"),
        ("![chart](p_1_2_3_4.png) see [here](https://x.org/a) and [1](b)", "see here and [1](b)"),
        ("| a | b |\n|---|---|\n| c | d |", "a b c d"),
        ("```python\nx = 1\n```", "x = 1"),
    ],
)
def test_markup_is_not_text(markdown: str, seen: str) -> None:
    assert normalise(strip_markdown(markdown)) == seen


def test_normalising_unifies_variants_of_a_character() -> None:
    assert (
        normalise("\ufb01ne \u201cquotes\u201d \u2013 dash\u00ades\n\n and\tspace")
        == 'fine "quotes" - dashes and space'
    )
    assert normalise("\u201cstrict\u201d", typography=False) == "\u201cstrict\u201d"
    assert normalise("電線\n接続 端子") == "電線接続端子"


@settings(deadline=None)
@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_the_strings_of_the_manifest_are_matched_literally() -> None:
    assert holds("The **quick**\nbrown fox", "appears", text="quick brown")
    assert not holds("The quick brawn fox", "appears", text="quick brown")
    assert holds("clean", "not_appears", text="tbg.tr")
    assert not holds("noise tbg.tr noise", "not_appears", text="tbg.tr")


def test_a_missing_string_is_reported_with_what_is_nearest() -> None:
    why = check(expect("present", text="Fernando Vinagre"), "and Fernando Vinagro came").why
    assert "Fernando Vinagro" in why


@pytest.mark.parametrize(
    ("text", "fields", "found"),
    [
        ("a line of good wishes on", {"text": "line of good wishes"}, True),
        ("a line of god wishes on", {"text": "line of good wishes"}, False),
        ("a line of god wishes on", {"text": "line of good wishes", "max_diffs": 1}, True),
        ("A LINE OF GOOD WISHES", {"text": "line of good wishes"}, False),
        ("A LINE OF GOOD WISHES", {"text": "line of good wishes", "case_sensitive": False}, True),
        ("262 Report and then a body that goes on", {"text": "262 Report", "first_n": 10}, True),
        ("a body that goes on, 262 Report, and on", {"text": "262 Report", "first_n": 10}, False),
        ("a body that goes on and ends with 263", {"text": "263", "last_n": 5}, True),
        ("line", {"text": "line of good wishes"}, False),
        ("", {"text": "line of good wishes"}, False),
    ],
)
def test_present_and_absent_are_opposites(text: str, fields: dict[str, Any], found: bool) -> None:
    assert holds(text, "present", **fields) is found
    assert holds(text, "absent", **fields) is not found


def test_order_needs_both_texts_in_that_order() -> None:
    text = "First comes the heading. Then comes the body."
    assert holds(text, "order", text="comes the heading", after="comes the body")
    assert not holds(text, "order", text="comes the body", after="comes the heading")
    assert "missing" in check(expect("order", text="no such thing at all", after="body"), text).why
    assert "wrong order" in check(expect("order", text="the body", after="First"), text).why


def test_order_accepts_any_match_of_each() -> None:
    assert holds("b a b", "order", text="a", after="b")
    assert not holds("b b a", "order", text="a", after="b")


def test_order_allows_the_given_edits() -> None:
    text = "Compleat Parts I, II of Form 1116. See Pub. 514."
    assert holds(text, "order", text="Complete Parts I, II", after="See Pub. 514.", max_diffs=2)
    assert not holds(text, "order", text="Complete Parts I, II", after="See Pub. 514.", max_diffs=1)


@settings(deadline=None)
@given(
    st.text("ab c", min_size=1, max_size=12),
    st.text("ab c", max_size=40),
    st.integers(min_value=0, max_value=3),
)
def test_near_matches_are_exactly_those_within_the_distance(wanted: str, content: str, edits: int) -> None:
    most = min(edits, len(wanted) // 2)
    lengths = range(len(wanted) - most, len(wanted) + most + 1)
    places = {
        start
        for start in range(len(content))
        if any(Levenshtein.distance(wanted, content[start : start + length]) <= most for length in lengths)
    }
    found = list(find_near_matches(wanted, content, edits))
    assert sorted(place for place in found if place < len(content)) == sorted(places)


@pytest.mark.parametrize(
    ("cell", "relations", "found"),
    [
        ("33 461", {}, True),
        ("33 462", {}, False),
        ("33 461", {"left": "33 003"}, True),
        ("33 003", {"left": "Algeria", "right": "33 461", "down": "15 421", "up": "2003"}, True),
        ("33 003", {"right": "Algeria"}, False),
        ("15 977", {"top_heading": "Population"}, True),
        ("15 977", {"top_heading": "2004", "left_heading": "Angola"}, True),
        ("15 977", {"top_heading": "2003"}, False),
        ("Angola", {"top_heading": "Country"}, True),
    ],
)
def test_cells_of_html_tables(cell: str, relations: dict[str, str], found: bool) -> None:
    assert holds(HTML_TABLE, "table", text=cell, relations=tuple(relations.items())) is found


@pytest.mark.parametrize(
    ("cell", "relations", "found"),
    [
        ("11.8B", {"down": "3.7B", "up": "Words", "left": "arXiv", "right": "47.2B"}, True),
        ("47.2B", {"top_heading": "Bytes", "left_heading": "arXiv"}, True),
        ("Wiki | more", {"top_heading": "Source"}, True),
        ("47.2B", {"top_heading": "Words"}, False),
    ],
)
def test_cells_of_pipe_tables(cell: str, relations: dict[str, str], found: bool) -> None:
    assert holds(PIPE_TABLE, "table", text=cell, relations=tuple(relations.items())) is found


def test_a_line_of_words_is_no_table() -> None:
    result = check(expect("table", text="33 461"), "Algeria 33 003 33 461")
    assert not result.passed
    assert result.why == "no table in the text"


def test_one_cell_must_have_all_the_relations() -> None:
    twice = "<table><tr><td>a</td><td>x</td><td>b</td></tr><tr><td>c</td><td>x</td><td>d</td></tr></table>"
    assert holds(twice, "table", text="x", relations=(("left", "c"), ("right", "d")))
    assert not holds(twice, "table", text="x", relations=(("left", "a"), ("right", "d")))


def test_broken_html_still_has_cells() -> None:
    (table,) = find_tables("<table><tr><td>a<td>b<tr><td rowspan=zero>c<td colspan='-3'>d")
    assert [(cell.text, cell.row, cell.column) for cell in table] == [
        ("a", 0, 0),
        ("b", 0, 1),
        ("c", 1, 0),
        ("d", 1, 1),
    ]


def test_rows_of_tables_carry_cells_that_span_them() -> None:
    assert join_rows(find_tables(HTML_TABLE))[:2] == ["Country Population", "Country 2003 2004"]


def test_baseline_checks_for_plausible_text() -> None:
    assert holds("Some text.", "baseline")
    assert not holds(" --- ", "baseline")
    assert not holds("Good. " + "la la " * 500, "baseline")
    assert not holds("An English page 电线", "baseline")
    assert holds("電線接続", "baseline", scripts=frozenset({"cjk"}))
    assert holds("12", "baseline", max_length=10)
    assert not holds("The Art of War, by Sun Tzu", "baseline", max_length=10)


def test_math_compares_latex_without_spacing_and_braces() -> None:
    assert holds(r"so \(x^2 = A\left( x^{2}+4 \right)\) holds", "math", text=r"x^{2}=A(x^{2}+4)")
    assert not holds("so x2 = A(x2+4) holds", "math", text=r"x^{2}=A(x^{2}+4)")
    assert normalise_latex(r"\rightarrow \leftarrow") == r"\rightarrow\leftarrow"


def test_a_page_is_checked_by_itself_where_pages_are_known() -> None:
    second = expect("present", text="Order by repo", page=2)
    paged = Reading(("one", "Order by repo"), paged=True, pages=2, seconds=0.1)
    assert check(second, paged).passed
    assert not check(expect("present", text="Order by repo", page=1), paged).passed
    assert not check(expect("present", text="Order by repo", page=3), paged).passed
    assert check(second, Reading(("one\nOrder by repo",), paged=False, pages=None, seconds=0.1)).passed


def test_page_counts_hold_or_are_not_known() -> None:
    assert check(expect("pages", count=2), Reading(("a", "b"), True, 2, 0.0)).passed
    assert "1 pages, not 2" in check(expect("pages", count=2), Reading(("a",), True, 1, 0.0)).why
    assert "does not say" in check(expect("pages", count=2), "a text").why


def test_agreement_of_words_is_f1_and_recall() -> None:
    assert word_agreement([], []) == (1.0, 1.0)
    assert word_agreement(["a"], []) == (0.0, 0.0)
    assert word_agreement(["a", "b", "b", "d"], ["b", "b", "c"]) == pytest.approx((4 / 7, 2 / 3))


@pytest.mark.parametrize(
    ("more", "lost", "passed"), [(0, 0, True), (30, 0, True), (60, 0, False), (0, 9, True), (0, 11, False)]
)
def test_extra_words_cost_less_than_lost_words(more: int, lost: int, passed: bool) -> None:
    truth = [f"w{number}" for number in range(100)]
    text = " ".join([*truth[lost:], *(f"x{number}" for number in range(more))])
    assert holds(text, "text", truth=" ".join(truth), least=0.9) is passed


def test_cells_must_stay_together_in_their_row(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('Server closets,"1,505","1,580"\nServer rooms,"1,512","1,580"\n')
    (expectation,) = read_truth(tmp_path / "t.csv", "pdfs/t.pdf", tool_made=False)
    together = check(expectation, "Server closets 1,505 1,580\nServer rooms 1,512 1,580")
    assert together.scores == {"cells in row": 1.0, "cells": 1.0}
    apart = check(expectation, "Server closets\nServer rooms\n\n1,505\n1,512\n\n1,580\n1,580")
    assert apart.scores == {"cells in row": 0.0, "cells": 1.0}
    assert not apart.passed
    one_line = check(expectation, "x " * 100 + "Server closets 1,505 1,580 Server rooms 1,512 1,580")
    assert one_line.scores["cells in row"] == 0.0


def test_truth_of_icdar_tables(tmp_path: Path) -> None:
    cell = '<cell start-row="{}" start-col="{}"><content>{}</content></cell>'
    cells = "".join(cell.format(*values) for values in ((0, 1, "34.7"), (0, 0, "2004"), (1, 0, "2005")))
    (tmp_path / "t-str.xml").write_text(f'<document><table id="1"><region id="1">{cells}</region></table></document>')
    (expectation,) = read_truth(tmp_path / "t-str.xml", "pdfs/t.pdf", tool_made=False)
    assert expectation.rows == (("2004", "34.7"), ("2005",))


def test_truth_of_markdown_is_its_body_and_its_tables(tmp_path: Path) -> None:
    (tmp_path / "t.md").write_text(f"---\nis_table: True\n---\nTitle\n{HTML_TABLE}")
    text, cells = read_truth(tmp_path / "t.md", "pdfs/t.pdf", tool_made=False)
    assert text.truth.split()[0] == "Title"
    assert cells.rows[2] == ("Algeria", "33 003", "33 461")
    assert check(text, f"Title {HTML_TABLE}").passed
    assert not check(text, "Another thing altogether").passed


def test_tool_made_truth_is_reported_but_not_counted(tmp_path: Path) -> None:
    (tmp_path / "t.md").write_text("Some words")
    (expectation,) = read_truth(tmp_path / "t.md", "pdfs/t.pdf", tool_made=True)
    assert not expectation.counted
    assert check(expectation, "Some words").scores["words F1"] == 1.0


def test_boxes_of_receipts_are_text(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("0,40,1,40,1,50,0,50,TOTAL, RM\n0,10,1,10,1,20,0,20,SHELL\n")
    (expectation,) = read_truth(tmp_path / "r.csv", "images/r.jpg", tool_made=False)
    assert expectation.truth == "SHELL\nTOTAL, RM"


def test_expectations_come_from_manifest_tests_and_truth(small_corpus: Path) -> None:
    found = load_expectations(small_corpus)
    assert [(e.document, e.rule) for e in found] == [
        ("pdfs/a.pdf", "table"),
        ("pdfs/a.pdf", "appears"),
        ("pdfs/a.pdf", "appears"),
        ("pdfs/a.pdf", "not_appears"),
        ("pdfs/a.pdf", "pages"),
        ("pdfs/a.pdf", "text"),
        ("pdfs/a.pdf", "baseline"),
        ("images/b.png", "appears"),
        ("images/b.png", "baseline"),
    ]
    assert found[0].relations == (("left", "y"),)
    assert found[0].case_sensitive


def test_documents_that_are_not_there_are_left_out(small_corpus: Path) -> None:
    assert [document.name for document in load_documents(small_corpus)] == ["pdfs/a.pdf", "images/b.png"]


def test_an_unknown_type_of_test_is_named(small_corpus: Path) -> None:
    test = {"pdf": "a.pdf", "page": 1, "id": "t9", "type": "footnote"}
    (small_corpus / "tests" / "u.jsonl").write_text(json.dumps(test))
    with pytest.raises(ValueError, match=r"a\.pdf: test t9 has the unknown type 'footnote'"):
        load_expectations(small_corpus)


def test_the_developer_corpus_can_be_read() -> None:
    corpus = corpus_folder()
    if not corpus.is_dir():
        pytest.skip("the developer corpus is not here; OLMOCR_CORPUS names the folder that holds dev/")
    found = load_expectations(corpus)
    assert {expectation.document for expectation in found} == {document.name for document in load_documents(corpus)}
    assert {"appears", "not_appears", "present", "absent", "order", "table", "baseline", "math", "text", "cells"} <= {
        expectation.rule for expectation in found
    }
