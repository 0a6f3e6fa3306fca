"""Joining lines, and undoing hyphenation."""

from __future__ import annotations

import pytest

from olmocr_core.layout.joining import collect_vocabulary, join_text


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
