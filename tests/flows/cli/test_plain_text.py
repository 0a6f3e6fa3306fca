"""Names, reasons and messages from outside on the terminal: shown as they are, and never obeyed."""

from __future__ import annotations

import io
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table

from flows.cli.main import main
from flows.cli.plain_console import PlainConsole
from flows.cli.plain_text import plain, say

MARKUP = st.sampled_from(
    [
        *"[]/\\",
        "[/",
        "[bold]",
        "[/bold]",
        "[link=http://x]",
        "[@click=x()]",
        ":smile:",
        "http://x",
        "\x1b[2J",
        "\x9b",
        "\ud800",
    ]
)
OUTSIDE = st.lists(MARKUP | st.text(st.characters(codec=None, categories=None), max_size=4), max_size=12).map("".join)


@given(OUTSIDE)
def test_no_control_character_is_left_and_nothing_else_changes(text: str) -> None:
    shown = plain(text)
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in shown if char not in "\t\n")
    assert len(shown) == len(text.replace("\r\n", "\n"))
    assert all(a == b or b == "\ufffd" for a, b in zip(text.replace("\r\n", "\n"), shown, strict=True))


@given(OUTSIDE)
def test_a_text_is_printed_as_it_is(text: str) -> None:
    by_print, by_console = io.StringIO(), io.StringIO()
    say(text, by_print)
    PlainConsole(by_console, width=1000).print(text, soft_wrap=True)
    assert by_print.getvalue() == plain(text) + "\n"
    assert by_console.getvalue().replace("\t", "").replace(" ", "") == by_print.getvalue().replace("\t", "").replace(
        " ", ""
    )


@given(OUTSIDE.map(lambda text: " ".join(plain(text).split())))
def test_a_cell_and_a_title_are_printed_as_they_are(text: str) -> None:
    shown = io.StringIO()
    table = Table("document", title=text, title_justify="left")
    table.add_row(text)
    PlainConsole(shown, width=1000).print(table)
    assert shown.getvalue().count(text) >= 2


def test_output_in_another_encoding_shows_question_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii", write_through=True))
    with pytest.raises(SystemExit):
        main(["--help"])
    say("na\u00efve \u65e5")
    assert written.getvalue().endswith(b"na?ve ?\n")


@pytest.mark.parametrize("text", ["a\r\nb", "tab\tstays"])
def test_lines_and_tabs_stay(text: str) -> None:
    assert plain(text) == text.replace("\r\n", "\n")
