from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.bench.text_diff import format_hunks


def test_only_the_changed_words_of_a_long_line_are_shown() -> None:
    words = [f"w{n}" for n in range(60)]
    lines = format_hunks(" ".join(words), " ".join([*words[:30], "new", *words[31:]]))
    assert lines == [
        f"- … {' '.join(words[24:37])} …",
        f"+ … {' '.join([*words[24:30], 'new', *words[31:37]])} …",
    ]


def test_changed_line_breaks_and_spaces_are_ignored() -> None:
    assert format_hunks("a b\nc", "a  b c\n") == ["  (white space only)"]
    assert format_hunks("a b\nc\nd", "a b c\ne") == ["- a b c d", "+ a b c e"]


def test_many_differences_are_cut_and_counted() -> None:
    old = "\n".join(f"same {n}\nold {n}" for n in range(20))
    lines = format_hunks(old, old.replace("old", "new"), most=3)
    assert len(lines) == 7
    assert lines[-1] == "  (17 more differences)"
    huge = format_hunks("a", "b " * 100_000)
    assert max(map(len, huge)) < 500


@given(st.text("ab \n", max_size=60), st.text("ab \n", max_size=60))
def test_a_change_of_words_always_shows(before: str, after: str) -> None:
    shown = format_hunks(before, after)
    assert shown
    assert (shown == ["  (white space only)"]) == (before.split() == after.split())
