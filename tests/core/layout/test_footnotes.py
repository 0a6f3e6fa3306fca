"""Footnotes after the text."""

from __future__ import annotations

from olmocr_core.layout import transcribe_layout
from tests.core.layout.pages import line, lines, page, prose


def test_footnotes_come_after_the_text() -> None:
    left = [*lines(prose("left", 44), 50, 80), *line("1 A note of the left column.", 50, 640, size=8)]
    text = transcribe_layout(page(left, lines(prose("right", 46), 320, 80))).text

    assert text.endswith("1 A note of the left column.")
