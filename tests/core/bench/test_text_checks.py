from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.bench.examples import passes


@pytest.mark.parametrize("blank", ["", " ", "\n\n", "\f"])
def test_a_blank_page_contains_no_sentence(blank):
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


def test_case_matters_unless_the_check_says_otherwise():
    assert passes("LAUNDRY", type="present", text="Laundry") is False
    assert passes("LAUNDRY", type="present", text="Laundry", case_sensitive=False) is True


def test_order_holds_if_any_match_is_before_any_match_of_the_other():
    assert passes("beta alpha beta", type="order", before="alpha", after="beta") is True
    assert passes("beta alpha", type="order", before="alpha", after="beta") is False
    assert passes("alpha", type="order", before="alpha", after="beta") is False


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


@given(st.text(max_size=60), st.sampled_from(["present", "absent"]), st.booleans())
def test_present_and_absent_are_opposites(text, kind, compat):
    first = passes(text, type="present", text="needle in hay", max_diffs=2, compat=compat)
    assert first is not passes(text, type="absent", text="needle in hay", max_diffs=2, compat=compat)
