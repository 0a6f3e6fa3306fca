"""Blocks as Markdown."""

from __future__ import annotations

from olmocr_core.layout import transcribe_layout
from tests.core.layout.pages import line, lines, page, prose


def test_bullets_become_dashes_and_numbers_stay() -> None:
    items = [*line("• first thing", 60, 160), *line("• second thing", 60, 172), *line("3. third thing", 60, 184)]
    text = transcribe_layout(page(lines(prose("a", 4), 50, 100), items)).text

    assert "- first thing\n- second thing\n3. third thing" in text


def test_code_is_fenced_with_its_indentation() -> None:
    code = [*line("def f(x):", 50, 200, font="Courier"), *line("return x", 70, 212, font="Courier")]
    text = transcribe_layout(page(lines(prose("a", 6), 50, 100), code)).text

    assert "```\ndef f(x):\n    return x\n```" in text


def test_a_typewritten_page_is_not_code() -> None:
    assert "```" not in transcribe_layout(page(lines(prose("a", 9), 50, 100, font="Courier"))).text
