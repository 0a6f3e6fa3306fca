"""Pages that the models cannot read."""

from __future__ import annotations

from olmocr_core.ocr.script_fallback import is_unreadable
from tests.core.ocr.lines import text_lines


def test_sparse_and_greek_readings_are_unreadable() -> None:
    assert not is_unreadable(text_lines("a line of some forty characters of text"))
    assert is_unreadable(text_lines(", -"))
    assert is_unreadable(text_lines("νωτ εναι κινωνι και η αετ εναι"))
    assert not is_unreadable(text_lines(", -", count=2))
