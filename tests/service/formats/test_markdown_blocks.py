from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.formats.markdown_blocks import split_markdown

PIECES = st.sampled_from(["# t", "```", "a", "", "<table>", "</table>", "- x", "~~~~py", "$$x$$", "1. y", "#no"])


def test_code_and_tables_are_whole() -> None:
    text = "```py\na\n\nb\n```\n\n<table>\n\n<tr></tr></table>\n\nend"
    found = list(split_markdown(text, (0, 0, 1, 1)))
    assert [(one.type, one.text.count("\n")) for one in found] == [("code", 4), ("table", 2), ("paragraph", 0)]


@given(st.lists(PIECES).map("\n\n".join))
def test_nothing_is_lost(text: str) -> None:
    found = split_markdown(text, (0, 0, 1, 1))
    assert "".join("".join(one.text for one in found).split()) == "".join(text.split())
