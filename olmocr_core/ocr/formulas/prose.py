"""Separate a page's running text from words that may be parts of equations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from olmocr_core.domain.geometry import Word
from olmocr_core.ocr.formulas.signs import FUNCTION_NAMES
from olmocr_core.ocr.lexicon import Lexicon

_EQUALS = re.compile(r"[=≡≤≥]")
_LETTERS = re.compile(r"[A-Za-zÀ-ɏ]{2,}")
_LABEL = re.compile(r"^[\[(]?(?:\d{1,3}|[ivx]{1,4})[.)\]]{1,3}$")
_MIN_RELATION_LINES = 2
_MIN_SIGNS = 3
_WORD_CONFIDENCE = 0.6
_FUNCTION = re.compile("|".join(FUNCTION_NAMES))
_LONG_NAME = re.compile(r"[A-Za-zÀ-ɏ]{4,}")
_DIFFERENTIAL = re.compile(r"^[b-df-hj-np-tv-z]*[aeo]?d[a-z]$")
# Other words of two letters may be products.
_SHORT_WORD_LIST = "or if is so of to we by"
_SHORT_WORDS = frozenset(_SHORT_WORD_LIST.split())


def is_mathematical(words: Sequence[Word]) -> bool:
    """Whether lines of a page hold relation signs, as equations do."""
    return (
        sum(bool(_EQUALS.search(" ".join(word.text for word in line))) for line in _group_by_line(words))
        >= _MIN_RELATION_LINES
    )


def find_prose(words: Sequence[Word], lexicon: Lexicon) -> list[Word]:
    """Words of running text and labels; on a line that is mostly text, everything that holds no equation."""
    found: list[Word] = []
    for line in _group_by_line(words):
        known = [word for word in line if is_word(word, lexicon)]
        if len(known) >= 3 and 2 * sum(len(word.text) for word in known) > sum(len(word.text) for word in line):
            found += _drop_equations(line, known)
            continue
        found += known
        found += [word for word in line[:1] if _LABEL.match(word.text) and _is_leftmost(word, words)]
    return found


def _group_by_line(words: Sequence[Word]) -> list[list[Word]]:
    lines: dict[int, list[Word]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word)
    return list(lines.values())


def _drop_equations(line: Sequence[Word], known: Sequence[Word]) -> Iterator[Word]:
    """A line of text without the runs of other words in it that state an equation."""
    told = set(map(id, known))
    for is_text, group in groupby(line, key=lambda word: id(word) in told):
        run = list(group)
        written = " ".join(word.text for word in run)
        signs = sum(not char.isspace() for char in written)
        if is_text or not _EQUALS.search(written) or signs < _MIN_SIGNS or any(map(is_name, run)):
            yield from run


def is_name(word: Word) -> bool:
    """Whether a word has more consecutive letters than equations do, apart from functions and ``kxdy``."""
    found = _LONG_NAME.search(_FUNCTION.sub(" ", word.text.lower()))
    return found is not None and not _DIFFERENTIAL.search(found.group())


def _is_leftmost(word: Word, words: Sequence[Word]) -> bool:
    """Whether nothing stands to the left of a word, as is true of a label and not of part of a fraction."""
    y = word.box.center[1]
    return not any(
        other.box.x0 < word.box.x0 and other.box.y0 - word.size < y < other.box.y1 + word.size for other in words
    )


def is_word(word: Word, lexicon: Lexicon) -> bool:
    """Whether a word belongs to running text rather than to an equation."""
    letters = _LETTERS.findall(word.text)
    if not letters or word.confidence < _WORD_CONFIDENCE or _EQUALS.search(word.text):
        return False
    longest = max(letters, key=len)
    if not _LETTERS.search(_FUNCTION.sub(" ", longest.lower())) or 2 * len(longest) < len(word.text.strip(".,;:()")):
        return False
    return longest.lower() in _SHORT_WORDS if len(longest) == 2 else longest in lexicon
