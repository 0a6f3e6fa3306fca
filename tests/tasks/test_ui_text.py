"""Names and reasons in the tables of Prefect's UI stay what they are."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tasks.ui_text import escape_markdown

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
PIECES = [
    *(
        "![x](http://e/p.png)",
        "[a](b)",
        "<img src=x onerror=alert(1)>",
        "&lt;",
        "&#60;",
        "**",
        "__",
        "_",
        "`",
        "~~",
        "|",
    ),
    *(
        "---",
        "# ",
        "1. ",
        "1) ",
        "- ",
        "+ ",
        "> ",
        "===",
        "\n",
        "    ",
        "\t",
        "\\",
        "http://e",
        "a",
        "1",
        "[a]: b",
        "```",
    ),
]
outside = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=8).map("".join)


@given(outside)
def test_a_text_is_shown_as_it_is(text: str) -> None:
    # The parser replaces NUL and lone carriage returns itself.
    words = " ".join(text.split()).replace("\0", "\ufffd")
    shown = MARKDOWN.render(escape_markdown(words))
    assert shown == (f"<p>{html.escape(words, quote=False).replace(chr(34), '&quot;')}</p>\n" if words else "")


@pytest.mark.parametrize("name", ["code_and_formula.pdf", "report-2024 (1).pdf", "a/b.c/été.png", "50% of $5, 3+4=7!"])
def test_ordinary_names_are_unchanged(name: str) -> None:
    assert escape_markdown(name) == name


@pytest.mark.parametrize("text", ["see http://evil.example/x", "www.evil.example", "me@evil.example", "https://e"])
def test_addresses_are_no_links(text: str) -> None:
    shown = escape_markdown(text)
    assert not any(mark in shown for mark in ("http://", "https://", "www.", "e@e"))
    assert MARKDOWN.render(shown) == f"<p>{text}</p>\n"
