"""Keep the reading of HTML linear: Python's parser looks for the end of each unclosed tag, comment or section anew.

What is never closed is text to that parser, up to the next ``>`` or ``<``. On a page with many of them their ``<`` becomes an
entity: the same text, but a tag behind it stays a tag. Few are left alone, so ordinary pages stay as they are.
"""

from __future__ import annotations

import re

_MOST_UNCLOSED = 20
# How a comment or section starts, and what ends it.
_ENDS = (
    (re.compile(r"<!--"), re.compile(r"--\s*>")),
    (re.compile(r"<!\[(?:temp|cdata|ignore|include|rcdata)\b", re.IGNORECASE), re.compile(r"\]\s*\]\s*>")),
    (re.compile(r"<!\[(?:if|else|endif)\b", re.IGNORECASE), re.compile(r"\]\s*>")),
)
_ZEROS = re.compile("&#0{2,}")
_LONG_NUMBER = re.compile("&#0?[1-9][0-9]{7,}")


def bound_markup(text: str) -> str:
    """Return the same HTML, with the start of what is never closed as text where there is much of it."""
    for start, end in _ENDS:
        if len(start.findall(text)) > _MOST_UNCLOSED:
            text = _escape(text, start, _find_last(end, text))
    return _escape(text, re.compile("<"), text.rfind(">"))


def bound_numbers(text: str) -> str:
    """Shorten character references that no character has: a number of thousands of digits is an error to Python."""
    return _LONG_NUMBER.sub("&#99999999", _ZEROS.sub("&#0", text))


def _escape(text: str, start: re.Pattern[str], closed: int) -> str:
    """Escape the starts after ``closed`` if they are many."""
    closed = max(0, closed)
    tail, count = start.subn(lambda found: "&lt;" + found[0][1:], text[closed:])
    return text[:closed] + tail if count > _MOST_UNCLOSED else text


def _find_last(pattern: re.Pattern[str], text: str) -> int:
    return max((found.start() for found in pattern.finditer(text)), default=-1)
