r"""The equations of a page's Markdown: ``\(..\)``, ``\[..\]``, ``$$..$$``, ``$..$``, and environments that stand alone."""

from __future__ import annotations

import re

_BACKSLASHED = ((r"\(", r"\)"), (r"\[", r"\]"))
_DOLLARED = (("$$", "$$"), ("$", "$"))
# Of limited length: a page of openings without an end would take hours.
_ENVIRONMENT = re.compile(
    r"\\begin\{(?P<name>(?:equation|align|gather|alignat|multline|eqnarray|math|displaymath|flalign)\*?)\}"
    r"(?P<inner>.{1,5000}?)\\end\{(?P=name)\}",
    re.DOTALL,
)
# A price is no delimiter: what opens stands before a character, what closes after one and not before a digit, and no other
# dollar stands between them.
_CAREFUL = re.compile(r"(?<![\\$])\$(?![\s$])((?:[^$\\]|\\.)+)(?<!\s)\$(?![\d$])", re.DOTALL)
# What KaTeX knows under another name, or not at all.
_KNOWN_AS = {"eqnarray": "align", "multline": "gather", "flalign": "align", "math": "", "displaymath": ""}


def find_delimited_equations(text: str, *, ignore_dollars: bool = False) -> list[str]:
    """What the published scorer of olmOCR-bench takes for equations, stripped: each kind of delimiter after the other."""
    found: list[str] = []
    for opening, closing in (*_BACKSLASHED, *(() if ignore_dollars else _DOLLARED)):
        inner, text = _take(text, opening, closing)
        found += (equation.strip() for equation in inner)
    return found


def find_equations(text: str, *, ignore_dollars: bool = False) -> list[str]:
    """The same, and what those rules miss: environments without delimiters, and formulas beside dollars that are prices."""
    found = find_delimited_equations(text, ignore_dollars=ignore_dollars)
    without_display = _take(text, *_DOLLARED[0])[1]
    if ignore_dollars:
        text = _take(without_display, *_DOLLARED[1])[1]
    else:
        found += (inner.strip() for inner in _CAREFUL.findall(without_display))
    found += (_drawable(match) for match in _ENVIRONMENT.finditer(text))
    return [equation for equation in dict.fromkeys(found) if equation]


def _take(text: str, opening: str, closing: str) -> tuple[list[str], str]:
    """What stands between delimiters, at least a character, and the text without it. Linear in the text's length."""
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


def _drawable(match: re.Match[str]) -> str:
    name, inner = match["name"], match["inner"].strip()
    star = "*" if name.endswith("*") else ""
    known = _KNOWN_AS.get(name.removesuffix("*"), name.removesuffix("*"))
    return f"\\begin{{{known}{star}}}{inner}\\end{{{known}{star}}}" if known else inner
