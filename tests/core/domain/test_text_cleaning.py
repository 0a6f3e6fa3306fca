from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.text_cleaning import clean_text

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
