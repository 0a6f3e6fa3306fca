from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.publish.sanitize import scrub, scrub_text, to_json

ANY_TEXT = st.text(st.characters(codec=None) | st.sampled_from("\0\ud83d\ude00\u2028\\"))
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec=None)), inner, max_size=3),
    max_leaves=8,
)


@given(ANY_TEXT)
def test_a_scrubbed_text_keeps_its_length_and_is_utf_8(text: str) -> None:
    scrubbed = scrub_text(text)
    assert len(scrubbed) == len(text), "spans stay true"
    assert "\0" not in scrubbed
    scrubbed.encode("utf-8")
    assert scrub(text) == scrubbed
    assert scrub_text(scrubbed) == scrubbed


def test_what_writers_take_is_left_alone() -> None:
    text = "Grüße, 𝄞 \u2028 and a tab\t"
    assert scrub_text(text) == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (float("nan"), None),
        (float("-inf"), None),
        (1.5, 1.5),
        (True, True),
        ({"a\0": ["\ud800", (1, float("inf"))], 2: None}, {"a\ufffd": ["\ufffd", [1, None]], "2": None}),
    ],
)
def test_values_become_what_every_reader_takes(value: Any, expected: Any) -> None:
    assert scrub(value) == expected
    assert json.loads(to_json(value)) == expected


@given(ANYTHING)
def test_whatever_is_said_becomes_one_line_of_json(value):
    line = to_json(value)
    assert line.isascii()
    assert len(line.splitlines()) == 1
    assert json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is no JSON")) == scrub(value)
    assert "\\u0000" not in line.replace("\\\\", "")
    json.loads(line.encode().decode("utf-8"))
