"""Recognise displayed equations by signs and fonts: they are neither rows of a table nor part of the text around them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from olmocr_core.layout.lines import Line

_OPERATOR = re.compile(r"[=≤≥≈≡∑∏∫√⇒→]|\s[+−·×]\s|^[+−](?=\s|\w?\()|\S\s?[+−=]$|^[+=×·<>]$")
_MATH_FONT = re.compile(r"CMMI|CMEX|CMSY|MSBM|MSAM|MTMI|MTEX|MTSY|Math", re.IGNORECASE)
_LEADING_WORD = re.compile(r"^[+−]\s?[^\W\d_]{3,}")
_PROSE_WORD = re.compile(r"[^\W\d_]{4,}")


# Recognised equations are words of LaTeX; displayed ones stand on their own lines.
_DISPLAYED = re.compile(r"(?:^|\s)\\\[")
_LATEX = re.compile(r"\\\(.*?\\\)|\\\[.*?\\\]")


def has_displayed_latex(line: Line) -> bool:
    """Whether a line holds a displayed equation in LaTeX."""
    return any(word.text.endswith("\\]") and _DISPLAYED.search(word.text) for word in line.words)


def has_operator(text: str) -> bool:
    """Whether a text holds an operator of equations; ``+ name`` in a list of variants does not count."""
    return bool(_OPERATOR.search(text)) and not _LEADING_WORD.match(text)


def has_prose(text: str) -> bool:
    """Whether a text holds a longer word, as equations seldom do."""
    return bool(_PROSE_WORD.search(_LATEX.sub("", text)))


def measure_math_share(lines: Sequence[Line]) -> float:
    """The share of words in math fonts."""
    words = [word for line in lines for word in line.words]
    return sum(1 for word in words if _MATH_FONT.search(word.font)) / max(len(words), 1)


def is_displayed_equation(line: Line, left: float, size: float) -> bool:
    """Whether an indented line is (part of) a displayed equation: its signs or fonts, and hardly any words."""
    if has_displayed_latex(line):
        return True
    if line.box.x0 < left + 1.5 * size or len(_PROSE_WORD.findall(_LATEX.sub("", line.text))) > max(
        1, len(line.words) // 6
    ):
        return False
    return has_operator(line.text) or measure_math_share([line]) > 0.3
