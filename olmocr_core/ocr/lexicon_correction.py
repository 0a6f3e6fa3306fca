"""Words that no dictionary knows, weighed against known ones by what the recogniser saw of each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from olmocr_core.ocr.ctc import Evidence, compute_log_likelihoods
from olmocr_core.ocr.lexicon import Lexicon
from olmocr_core.ocr.recognise import LineText
from olmocr_core.ocr.words import ReadLine

# Letters in a row, no digit beside them: "1st" and "B2" are no words.
_MIN_LETTERS = 4
_WORD = re.compile(rf"(?<![\w'’])[A-Za-z]{{{_MIN_LETTERS},}}(?!\w)")
_LATIN = re.compile(r"[^\W\d_]{3,}")
# Among the words that were read with confidence, so many are in the dictionary where the page is English: 0.9 and more
# in clean print, 0.6 on poor scans; German has under 0.3.
_ENGLISH, _FEWEST = 0.5, 8
_MAX_EDITS_FROM = 7
# An unknown word is as likely as a known one of this share of running text (its logarithm). Measured on 42 made scans of
# 2,269 unknown words, 1,008 of them misread: 111 mended, 1 broken, 14 misread in another way.
_UNKNOWN_LOG_FREQUENCY = -16.0
# The commonest words are near to much that they are not.
_MAX_LOG_FREQUENCY = -8.0
_NAME, _SHORT = 3.0, 2.0
_MOST_WORDS = 400


@dataclass(frozen=True, slots=True)
class _UnknownWord:
    """A word in a line: where it starts and ends in its text, and what was seen there."""

    word: str
    start: int
    stop: int
    evidence: Evidence


def correct_with_lexicon(lines: Sequence[ReadLine], lexicon: Lexicon) -> list[ReadLine]:
    """The lines of an English page with doubtful words changed to known ones that the recogniser saw nearly as well.

    Lines of other languages come back as they are, and so do numbers, words that the page holds twice, and words that
    were read with more confidence than a dictionary has.
    """
    seen = Counter(word for line in lines for word in _LATIN.findall(line.text.text))
    if not is_english(seen, lexicon):
        return list(lines)
    found, left, broken = [], _MOST_WORDS, False
    for line in lines:
        spots = list(_find_unknown_words(line.text, seen, lexicon, broken))[:left]
        left -= len(spots)
        broken = line.text.text.rstrip().endswith("-")
        found.append(replace(line, text=_correct_line(line.text, spots, lexicon)) if spots else line)
    return found


def is_english(seen: Counter[str], lexicon: Lexicon) -> bool:
    """Whether most words of a page are in the dictionary."""
    known = sum(count for word, count in seen.items() if word in lexicon)
    return seen.total() >= _FEWEST and known >= _ENGLISH * seen.total()


def _find_unknown_words(text: LineText, seen: Counter[str], lexicon: Lexicon, broken: bool) -> Iterator[_UnknownWord]:
    """Unknown words of a line that stand nowhere else; ``broken`` says that a word of the line above goes on in it."""
    if text.evidence is None:
        return
    for found in _WORD.finditer(text.text):
        word, start, stop = found.group(), found.start(), found.end()
        is_part = (broken and not text.text[:start].strip()) or text.text[stop:].strip() == "-"
        if word in lexicon or is_part or seen[word] > 1:
            continue
        yield _UnknownWord(
            word, start, stop, text.evidence.slice(_get_character_start(text, start), _get_character_start(text, stop))
        )


def _get_character_start(text: LineText, index: int) -> float:
    """Where the character at ``index`` begins: half way from the one before it."""
    if index == 0:
        return 0.0
    return 1.0 if index >= len(text.places) else (text.places[index - 1] + text.places[index]) / 2


def _correct_line(text: LineText, spots: Sequence[_UnknownWord], lexicon: Lexicon) -> LineText:
    pieces = [(spot, better) for spot in spots if (better := choose_better_word(spot.word, spot.evidence, lexicon))]
    for spot, better in reversed(pieces):
        text = _replace_word(text, spot, better)
    return text


def choose_better_word(word: str, evidence: Evidence, lexicon: Lexicon) -> str | None:
    """The known word that explains the evidence better than ``word`` once its being known counts; None for none."""
    # Names are in no dictionary, and many short words are near to any noise.
    doubt = (_NAME if word.istitle() else 0.0) + (_SHORT if len(word) == _MIN_LETTERS else 0.0)
    known = list(suggest_words(word, lexicon))
    spelled = [copy_case(candidate, word) for candidate, _ in known]
    likely = compute_log_likelihoods(evidence, [word, *spelled])
    best, score = None, float(likely[0]) + _UNKNOWN_LOG_FREQUENCY + doubt
    for candidate, (_, prior), seen in zip(spelled, known, likely[1:].tolist(), strict=True):
        if seen + prior > score:
            best, score = candidate, seen + prior
    return best


def suggest_words(word: str, lexicon: Lexicon) -> Iterator[tuple[str, float]]:
    """Known words near ``word``, and pairs of known words that make it up, with the logarithms of their shares."""
    edits = 2 if len(word) >= _MAX_EDITS_FROM else 1
    for near in lexicon.find_similar(word, edits):
        if len(near) >= _MIN_LETTERS:
            yield near, min(lexicon.log_frequency(near) or 0.0, _MAX_LOG_FREQUENCY)
    for cut in range(2, len(word) - 1):
        left, right = lexicon.log_frequency(word[:cut]), lexicon.log_frequency(word[cut:])
        if left is not None and right is not None:
            yield f"{word[:cut]} {word[cut:]}", left + right


def copy_case(candidate: str, word: str) -> str:
    """``candidate`` in capitals where ``word`` has them."""
    if word.isupper():
        return candidate.upper()
    return candidate[:1].upper() + candidate[1:] if word[:1].isupper() else candidate


def _replace_word(text: LineText, spot: _UnknownWord, better: str) -> LineText:
    """The line with another word in a spot: its letters spread over the place of the old ones."""
    first, last = text.places[spot.start], text.places[spot.stop - 1]
    count = len(better)
    places = tuple(first + (last - first) * index / max(1, count - 1) for index in range(count))
    sure = text.confidences[spot.start : spot.stop]
    return replace(
        text,
        text=text.text[: spot.start] + better + text.text[spot.stop :],
        places=text.places[: spot.start] + places + text.places[spot.stop :],
        confidences=text.confidences[: spot.start] + (sum(sure) / len(sure),) * count + text.confidences[spot.stop :],
    )
