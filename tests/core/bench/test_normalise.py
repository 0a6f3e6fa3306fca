from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.bench.normalise import keep_letters, min_similarity, normalise_text


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("a<br>b<br/>c", "a b c"),
        ("a\n\t b", "a b"),
        ("**bold** and *italic*", "bold and italic"),
        ("__bold__ and _italic_", "bold and italic"),
        ("<b>bold</b> <i>italic</i>", "bold italic"),
        ("‘a’ “b” – — ‑ ‒ −", "'a' \"b\" - - - - -"),
        ("cafe\u0301", "caf\u00e9"),
        ("5 \u00b5m", "5 \u03bcm"),
    ],
)
def test_emphasis_white_space_and_spelling(text: str, normalised: str) -> None:
    assert normalise_text(text) == normalised


def test_only_letters_and_digits_remain() -> None:
    assert keep_letters("**Fig. 7:** Café!") == "fig7café"


@pytest.mark.parametrize(
    ("wanted", "max_diffs", "expected"), [("ten chars.", 0, 1.0), ("ten chars.", 2, 0.8), ("", 0, 1.0)]
)
def test_the_least_similarity_follows_from_the_differences(wanted: str, max_diffs: int, expected: float) -> None:
    assert min_similarity(wanted, max_diffs) == pytest.approx(expected)


@given(st.text(max_size=200))
def test_normalising_never_leaves_wide_whitespace(text: str) -> None:
    assert "  " not in normalise_text(text) or "*" in text or "_" in text or "<" in text
    assert "\n" not in normalise_text(text)
