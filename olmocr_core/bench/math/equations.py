r"""The equations of a page's Markdown: ``\(..\)``, ``\[..\]``, ``$$..$$``, ``$..$``, and environments that stand alone."""

from __future__ import annotations

import re

_BACKSLASHED = ((r"\(", r"\)"), (r"\[", r"\]"))
_DOLLARED = (("$$", "$$"), ("$", "$"))
# The length is limited: a page with many openings and no end would take hours.
_ENVIRONMENT = re.compile(
    r"\\begin\{(?P<name>(?:equation|align|gather|alignat|multline|eqnarray|math|displaymath|flalign)\*?)\}"
    r"(?P<inner>.{1,5000}?)\\end\{(?P=name)\}",
    re.DOTALL,
)
# Prices are not delimiters: a character follows the opening dollar; the closing one follows a character, is not before a
# digit, and no other dollar is between them.
_INLINE_DOLLARS = re.compile(r"(?<![\\$])\$(?![\s$])((?:[^$\\]|\\.)+)(?<!\s)\$(?![\d$])", re.DOTALL)
# Environments that KaTeX has under another name, or not at all.
_KATEX_NAMES = {"eqnarray": "align", "multline": "gather", "flalign": "align", "math": "", "displaymath": ""}


def find_delimited_equations(text: str, *, ignore_dollars: bool = False) -> list[str]:
    """Find the equations that the published scorer of olmOCR-bench finds, stripped: one kind of delimiter after the other."""
    found: list[str] = []
    for opening, closing in (*_BACKSLASHED, *(() if ignore_dollars else _DOLLARED)):
        inner, text = _take(text, opening, closing)
        found += (equation.strip() for equation in inner)
    return found


def find_equations(text: str, *, ignore_dollars: bool = False) -> list[str]:
    """Find the same and what those rules miss: environments without delimiters, and formulas next to prices in dollars."""
    found = find_delimited_equations(text, ignore_dollars=ignore_dollars)
    without_display = _take(text, *_DOLLARED[0])[1]
    if ignore_dollars:
        text = _take(without_display, *_DOLLARED[1])[1]
    else:
        found += (inner.strip() for inner in _INLINE_DOLLARS.findall(without_display))
    found += (_to_katex(match) for match in _ENVIRONMENT.finditer(text))
    return [equation for equation in dict.fromkeys(found) if equation]


def _take(text: str, opening: str, closing: str) -> tuple[list[str], str]:
    """Return the texts between delimiters, at least one character each, and the text without them; linear time."""
    found, rest, done = [], [], 0
    while (start := text.find(opening, done)) >= 0:
        inner = start + len(opening)
        end = text.find(closing, inner + 1)
        if end < 0:
            break
        found.append(text[inner:end])
        rest.append(text[done:start])
        done = end + len(closing)
    return found, "".join([*rest, text[done:]])


def _to_katex(match: re.Match[str]) -> str:
    name, inner = match["name"], match["inner"].strip()
    star = "*" if name.endswith("*") else ""
    known = _KATEX_NAMES.get(name.removesuffix("*"), name.removesuffix("*"))
    return f"\\begin{{{known}{star}}}{inner}\\end{{{known}{star}}}" if known else inner
