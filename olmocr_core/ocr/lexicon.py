"""English words and their frequencies, from the list in the package symspellpy."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping

from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import extract

from olmocr_core.ocr.weights import WORD_LIST, require_file

_MAX_SIMILAR = 40
# The list uses British spelling.
_AMERICAN = (
    (re.compile(r"(?<=[a-z]{1}[bdghlmnptv])our"), "or"),
    (re.compile(r"(?<=[aeiou]l)l(?=(?:ed|ing|er|ers)$)"), ""),
    (re.compile(r"tre(?=s?$)"), "ter"),
    (re.compile(r"ogue(?=s?$)"), "og"),
    (re.compile(r"plough"), "plow"),
    (re.compile(r"(?<=pract)is(?=ed$|ing$)"), "ic"),
)


def americanise(word: str) -> str:
    """The American spelling of a British one; ``word`` itself if the two are equal."""
    for english, here in _AMERICAN:
        word = english.sub(here, word)
    return word


class Lexicon:
    """Lower-case words with the natural logarithm of their frequency."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        """``counts`` by word, in any unit."""
        total = math.log(max(1, sum(counts.values())))
        self._logs = {word: math.log(count) - total for word, count in counts.items() if count > 0}
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for word in self._logs:
            self._by_length[len(word)].append(word)

    @classmethod
    def load_english(cls) -> Lexicon:
        """Load the list of the installed package. Raises RunError if it is missing or changed."""
        lines = require_file(WORD_LIST).read_text("utf-8-sig").splitlines()
        counts = {word: int(count) for word, _, count in (line.partition(" ") for line in lines)}
        return cls({americanise(word): count for word, count in counts.items()} | counts)

    def __contains__(self, word: str) -> bool:
        return word.lower() in self._logs

    def log_frequency(self, word: str) -> float | None:
        """The logarithm of a word's share of running text; None for an unknown word."""
        return self._logs.get(word.lower())

    def find_similar(self, word: str, edits: int) -> list[str]:
        """Known words within this many edits of ``word``, in lower case."""
        word, found = word.lower(), []
        for length in range(len(word) - edits, len(word) + edits + 1):
            choices = self._by_length.get(length, [])
            hits = extract(word, choices, scorer=Levenshtein.distance, score_cutoff=edits, limit=_MAX_SIMILAR)
            found += [choice for choice, _, _ in hits]
        return found
