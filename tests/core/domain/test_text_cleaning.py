from __future__ import annotations

import json
import sys
import unicodedata
from collections import Counter
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain import text_cleaning
from olmocr_core.domain.text_cleaning import Form, clean_text, order_long_runs, to_form

# With surrogates and control characters, which occur in text layers.
anything = st.text(st.characters(codec=None, categories=None))


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("a\r\nb\rc\u2028d\ne", "a\nb\nc\nd\ne"),
        ("tab\tstays", "tab\tstays"),
        ("nul\x00 bell\x07 del\x7f c1\x85", "nul bell del c1"),
        ("\ufeffbom", "bom"),
        ("lone \ud800 surrogate \udfff", "lone  surrogate "),
        ("no\u00a0break", "no break"),
        ("e\u0301", "\u00e9"),
        ("ﬁnd eﬀort aﬃx ﬆ", "find effort affix st"),
        ("x² ½ ™ Å 日本 \U0001f600", "x² ½ ™ Å 日本 \U0001f600"),
        ("\ufffe\uffff", ""),
        ("", ""),
    ],
)
def test_forbidden_characters_are_removed_and_the_rest_stays(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


@given(anything)
def test_clean_text_can_be_written_anywhere(raw: str) -> None:
    text = clean_text(raw)
    assert json.loads(json.dumps(text).encode("utf-8")) == text
    assert text.encode("utf-8").decode("utf-8") == text
    assert not any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\t\n" for char in text)
    assert text == unicodedata.normalize("NFC", text)


@given(anything)
def test_cleaning_twice_changes_nothing(raw: str) -> None:
    assert clean_text(clean_text(raw)) == clean_text(raw)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_ascii_is_unchanged(raw: str) -> None:
    assert clean_text(raw) == raw


FORMS: tuple[Form, ...] = get_args(Form)
# Marks of several classes, characters that become marks in some forms, letters that take marks, and letters that do not.
MARKS = "\u0301\u0323\u0345\u0327\u093c\u05b0\u0344\u0f73\u0f71\u0f72\uff9e\uff9f\u3099\u1e69\u0e01\u1100\u1161\u0308"
marked = st.lists(
    st.tuples(st.text(MARKS, min_size=1, max_size=4), st.integers(1, 90))
    | st.tuples(st.sampled_from("aé カ한\n"), st.just(1)),
    max_size=6,
).map(lambda pieces: "".join(piece * times for piece, times in pieces))


def count_moves(form: Form, text: str) -> int:
    """The steps that canonical ordering takes by insertion, as ``unicodedata`` does it: the cost beyond linear time."""
    moves = 0
    run: Counter[int] = Counter()
    for char in text:
        for part in unicodedata.normalize("NFKD" if "K" in form else "NFD", char):
            if not (kind := unicodedata.combining(part)):
                run.clear()
            moves += sum(times for other, times in run.items() if other > kind)
            run[kind] += 1 if kind else 0
    return moves


@pytest.mark.parametrize("form", FORMS)
@given(text=marked | anything)
def test_a_form_is_that_of_the_standard_library(form: Form, text: str) -> None:
    assert to_form(form, text) == unicodedata.normalize(form, text)


@pytest.mark.parametrize("form", FORMS)
@given(text=marked)
def test_putting_marks_in_order_takes_linear_time(form: Form, text: str) -> None:
    assert count_moves(form, order_long_runs(form, text)) <= 100 * len(text)


@pytest.mark.parametrize("piece", ["\u0301\u0323", "\u0f73", "\u0301\uff9e", "\u0345\u0344"])
@pytest.mark.parametrize("form", FORMS)
def test_the_time_of_a_long_run_is_not_its_square(form: Form, piece: str) -> None:
    short, long = (count_moves(form, order_long_runs(form, "a" + piece * times)) for times in (1000, 4000))
    assert long <= 4 * short + 1000
    if unicodedata.normalize(form, piece) != "\u0301\uff9e":
        assert count_moves(form, "a" + piece * 1000) > 100_000, "without order it would be"


def test_long_runs_hold_all_characters_that_are_or_become_marks() -> None:
    marks = [
        char
        for char in map(chr, range(sys.maxunicode + 1))
        if not "\ud800" <= char <= "\udfff" and all(map(unicodedata.combining, unicodedata.normalize("NFKD", char)))
    ]
    assert len(marks) > 900
    for form in FORMS:
        assert order_long_runs(form, "\u0301\u0323" * 100) != "\u0301\u0323" * 100
    assert [char for char in marks if text_cleaning._LONG_RUN.fullmatch(char * 65) is None] == []


def test_three_hundred_thousand_marks_are_cleaned() -> None:
    text = clean_text("a" + "\u0301\u0323" * 150_000)
    assert text == "\u1ea1" + "\u0323" * 149_999 + "\u0301" * 150_000
