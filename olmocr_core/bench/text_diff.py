"""Format the differences of two texts for people: changed words with a few words of context."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

_CONTEXT_WORDS = 6
_MOST_TOKENS = 4_000
_LONGEST = 400


def format_hunks(before: str, after: str, most: int = 8) -> list[str]:
    """Format at most ``most`` differences as lines with ``-`` (before) or ``+`` (after), then the number of the others.

    A line with few changes is reduced to the changed words and their context.
    """
    if before.split() == after.split():
        return ["  (white space only)"]
    places = list(_places(before, after))
    shown = [line for place in places[:most] for line in place]
    left_out = len(places) - most
    return shown if left_out <= 0 else [*shown, f"  ({left_out} more differences)"]


def _places(before: str, after: str) -> Iterator[list[str]]:
    old, new = (text.splitlines() for text in (before, after))
    for tag, i, j, k, m in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        a, b = " ".join(old[i:j]).split(), " ".join(new[k:m]).split()
        # Ignore changed line breaks.
        if a != b:
            yield from _words(a, b)


def _words(a: list[str], b: list[str]) -> Iterator[list[str]]:
    if not a or not b or len(a) + len(b) > _MOST_TOKENS:
        yield _both(a, b)
        return
    groups = SequenceMatcher(a=a, b=b, autojunk=False).get_grouped_opcodes(_CONTEXT_WORDS)
    for group in groups:
        first, last = group[0], group[-1]
        yield _both(
            a[first[1] : last[2]],
            b[first[3] : last[4]],
            first[1] > 0 or first[3] > 0,
            last[2] < len(a) or last[4] < len(b),
        )


def _both(a: list[str], b: list[str], more_before: bool = False, more_after: bool = False) -> list[str]:
    return [f"{sign} {_shown(words, more_before, more_after)}" for sign, words in (("-", a), ("+", b)) if words]


def _shown(words: list[str], more_before: bool, more_after: bool) -> str:
    text = " ".join(words)
    if len(text) > _LONGEST:
        text, more_after = text[:_LONGEST], True
    return f"{'… ' if more_before else ''}{text}{' …' if more_after else ''}"
