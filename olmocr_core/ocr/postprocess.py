"""Repair what the recognisers wrote: stray ideographs, look-alike letters, and words torn apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import fmean

from olmocr_core.ocr.recognise import EAST_ASIAN, LineText
from olmocr_core.ocr.words import ReadLine

# "ShelI", "wiIl": a capital I after small letters, followed by a vowel or l, or after an l by nothing. Before other
# consonants it may begin a word whose space was lost ("theIndian"), at the end it may be a number ("PhaseI").
_CAPITAL_I = re.compile(r"(?<=[a-z]{2})I(?=[aeouyl])|(?<=[a-z]l)I\b")
# "TRAlNING": a small l among capitals. At least four of them, since formulas have fewer ("HClO").
_SMALL_L = re.compile(r"\b(?=(?:l?[A-Z]){4})(?=[A-Z]*l)(?:[A-Z]+l?|l)(?:[A-Z]l?)*[A-Z]\b")
_WORD = re.compile(r"[^\W\d_]+")
_TORN_WORD = re.compile(r"(?<![\w'’.-])([^\W\d_]+) (?=([^\W\d_]+)(?![\w'’-]))")
# Longer pieces are words: a newspaper writes "BULL DOG" beside "bulldog".
_MIN_JOINED, _MAX_PIECE = 5, 2
# Share of East Asian characters among all letters from which a page counts as written in them.
_MIN_EAST_ASIAN_SHARE = 0.1
# A name in its own script on a Latin page is a run of characters that were all read with confidence.
_EAST_ASIAN_RUN = re.compile(f"{EAST_ASIAN.pattern}{{2,}}")
_SURE_NAME = 0.85


def drop_stray_ideographs(lines: Sequence[ReadLine]) -> list[ReadLine]:
    """Remove East Asian characters from pages that are overwhelmingly in other scripts.

    There the recognisers mistake strokes and blots for ideographs.
    """
    wide = sum(len(EAST_ASIAN.findall(line.text.text)) for line in lines)
    letters = sum(char.isalpha() for line in lines for char in line.text.text)
    if wide == 0 or wide >= _MIN_EAST_ASIAN_SHARE * letters:
        return list(lines)
    return [
        line if line.narrow is None or _has_east_asian_name(line.text) else replace(line, text=line.narrow)
        for line in lines
    ]


def _has_east_asian_name(text: LineText) -> bool:
    return any(
        fmean(text.confidences[run.start() : run.end()]) >= _SURE_NAME for run in _EAST_ASIAN_RUN.finditer(text.text)
    )


def repair_lines(lines: Sequence[ReadLine]) -> list[ReadLine]:
    """Correct look-alike letters, and join words that the same page writes in one piece elsewhere."""
    lines = [replace(line, text=_fix_lookalikes(line.text)) for line in lines]
    known = Counter(word for line in lines for word in _WORD.findall(line.text.text.lower()))
    return [replace(line, text=_join_torn_words(line.text, known)) for line in lines]


def _fix_lookalikes(text: LineText) -> LineText:
    written = _CAPITAL_I.sub("l", text.text)
    written = _SMALL_L.sub(lambda found: found.group().replace("l", "I"), written)
    return text if written == text.text else replace(text, text=written)


def _join_torn_words(text: LineText, known: Counter[str]) -> LineText:
    """Remove spaces inside words: a short piece that occurs alone nowhere else, the whole word known elsewhere."""
    spaces = [found.end(1) for found in _TORN_WORD.finditer(text.text) if _is_torn(found[1], found[2], known)]
    return remove_characters(text, spaces)


def _is_torn(left: str, right: str, known: Counter[str]) -> bool:
    whole, short = (left + right).lower(), min(left, right, key=len).lower()
    if len(whole) < _MIN_JOINED or len(short) > _MAX_PIECE or (right[:1].isupper() and not left.isupper()):
        return False
    return known[whole] > 0 and min(known[left.lower()], known[right.lower()]) == 1


def remove_characters(text: LineText, places: Iterable[int]) -> LineText:
    """The line without the characters at these places."""
    gone = set(places)
    if not gone:
        return text
    keep = [index for index in range(len(text.text)) if index not in gone]
    return replace(
        text,
        text="".join(text.text[index] for index in keep),
        places=tuple(text.places[index] for index in keep),
        confidences=tuple(text.confidences[index] for index in keep),
    )
