from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.bench.checks import parse_check
from olmocr_core.bench.equation_checker import NO_RENDERER
from olmocr_core.bench.fuzzy_match import find_near_matches
from olmocr_core.bench.normalise import normalise_text
from olmocr_core.bench.score import score_check

TABLE = """
<table><thead><tr><th>Item</th><th colspan="2">Year</th></tr><tr><th></th><th>2023</th><th>2024</th></tr></thead>
<tr><td rowspan="2">Sales</td><td>10</td><td>20</td></tr><tr><td>11</td><td>21</td></tr></table>
"""
PIPES = "| Item | 2023 |\n| --- | --- |\n| Sales | 10 |\n| Costs | 7 |"


def passes(page_text: str, /, *, compat: bool = False, **values: object) -> bool | None:
    return score_check(parse_check({"pdf": "a.pdf", "page": 1, "id": "x", **values}), page_text, compat=compat).passed


@pytest.mark.parametrize("blank", ["", " ", "\n\n", "\f"])
def test_a_blank_page_holds_no_sentence(blank):
    assert passes(blank, type="present", text="two words") is False
    assert passes(blank, type="absent", text="two words") is True


def test_the_published_scorer_finds_a_sentence_on_a_blank_page():
    assert passes(" ", compat=True, type="present", text="two words") is True


def test_a_short_page_may_differ_by_as_much_as_is_allowed():
    assert passes("two word", type="present", text="two words", max_diffs=1) is True
    assert passes("two", type="present", text="two words", max_diffs=1) is False


def test_only_the_beginning_or_the_end_is_searched():
    text = "Head line. " + "body " * 50 + "Page 7"
    assert passes(text, type="absent", text="Page 7", first_n=40) is True
    assert passes(text, type="absent", text="Page 7", last_n=10) is False
    assert passes(text, type="present", text="Head line", first_n=10, last_n=10) is True


def test_case_counts_unless_it_is_said_not_to():
    assert passes("LAUNDRY", type="present", text="Laundry") is False
    assert passes("LAUNDRY", type="present", text="Laundry", case_sensitive=False) is True


def test_order_holds_if_any_place_of_the_one_is_before_any_of_the_other():
    assert passes("beta alpha beta", type="order", before="alpha", after="beta") is True
    assert passes("beta alpha", type="order", before="alpha", after="beta") is False
    assert passes("alpha", type="order", before="alpha", after="beta") is False


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"cell": "20", "up": "2024"}, True),
        ({"cell": "20", "up": "2023"}, False),
        ({"cell": "20", "left": "10", "left_heading": "Sales"}, True),
        ({"cell": "21", "top_heading": "Year"}, True),
        ({"cell": "21", "left_heading": "Sales"}, True),
        ({"cell": "Sales", "right": "11"}, True),
        ({"cell": "Year", "down": "2024"}, True),
        ({"cell": "2024", "right": "9999"}, False),
        ({"cell": "nowhere"}, False),
    ],
)
def test_html_tables_with_spans(asked, expected):
    assert passes(TABLE, type="table", **asked) is expected


def test_markdown_tables_and_leaving_them_out():
    assert passes(PIPES, type="table", cell="7", top_heading="2023", left="Costs", up="10") is True
    assert passes(PIPES, type="table", cell="7", ignore_markdown_tables=True) is False
    assert passes("no table", type="table", cell="7") is False


def test_a_neighbour_over_the_edge_is_missing_except_for_the_published_scorer():
    asked = {"type": "table", "cell": "Item", "up": "Title"}
    assert passes(PIPES, **asked) is False
    assert passes(PIPES, compat=True, **asked) is True


def test_baseline():
    assert passes("Some text.", type="baseline") is True
    assert passes(" \n*", type="baseline") is False
    assert passes("Some text " + "ab" * 40, type="baseline") is False
    assert passes("日本語", type="baseline") is False
    assert passes("日本語", type="baseline", check_disallowed_characters=False) is True
    assert passes("![a long description](p.png)", type="baseline", max_length=10) is False
    assert (
        passes("![a long description](p.png)", type="baseline", max_length=10, max_length_skips_image_alt_tags=True)
        is True
    )


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("heading", "## The Title", True),
        ("heading", "<h2 id=a>The Title</h2>", True),
        ("heading", "The Title", False),
        ("bold", "a **The Title** b", True),
        ("bold", "*The Title*", False),
        ("italic", "a *The Title* b", True),
        ("italic", "**The Title**", False),
        ("italic", "<em>The Title</em>", True),
    ],
)
def test_formats(form, text, expected):
    assert passes(text, type="format", text="The Title", format=form) is expected


@pytest.mark.parametrize("marker", ["[^1]", "<sup>1</sup>", "¹"])
def test_footnotes(marker):
    text = f"As was shown{marker} by others."
    assert (
        passes(text, type="footnote", marker="1", appears_before_marker="was shown", appears_after_marker="by") is True
    )
    assert passes(text, type="footnote", marker="1", appears_before_marker="by others") is False
    assert passes(text, type="footnote", marker="2") is False
    assert passes("[^1]: the note", type="footnote", marker="1") is False


def test_equations_without_a_renderer_are_not_judged():
    verdict = score_check(parse_check({"pdf": "a", "page": 1, "id": "x", "type": "math", "math": "x"}), "$x$")
    assert verdict.passed is None
    assert verdict.explanation == NO_RENDERER


@given(st.text(max_size=60), st.sampled_from(["present", "absent"]), st.booleans())
def test_present_and_absent_are_opposites(text, kind, compat):
    first = passes(text, type="present", text="needle in hay", max_diffs=2, compat=compat)
    assert first is not passes(text, type="absent", text="needle in hay", max_diffs=2, compat=compat)


words = st.text("abc ", min_size=8, max_size=16)


@given(st.text("abc ", max_size=30), words, st.text("abc ", max_size=30), st.integers(0, 3))
def test_what_stands_there_is_found_nearly(before, wanted, after, edits):
    text = before + wanted + after
    places = find_near_matches(wanted, text, edits)
    assert any(place.edits <= edits and place.start <= len(before) + len(wanted) for place in places)
    assert all(0 <= place.start <= place.end <= len(text) for place in places)


def test_of_equally_good_overlapping_matches_the_same_one_always_counts():
    # fuzzysearch alone takes (1, 4) or (3, 6), by the hash seed of the process.
    assert find_near_matches("aaa", "babacabcbbabaddcd", 2) == [(3, 6, 1), (10, 13, 1)]


def test_exact_places_may_overlap():
    assert find_near_matches("aa", "aaa b", 0) == [(0, 2, 0), (1, 3, 0)]


@given(st.text(max_size=200))
def test_folding_never_leaves_wide_whitespace(text):
    assert "  " not in normalise_text(text) or "*" in text or "_" in text or "<" in text
    assert "\n" not in normalise_text(text)


@given(st.text('<>/tdrhable |\n-="012', max_size=120))
def test_no_markup_breaks_the_scorer(text):
    for compat in (True, False):
        assert passes(f"<table>{text}", type="table", cell="0", up="1", top_heading="2", compat=compat) in (True, False)
