"""Compare two texts without regard to word order: words weighted by their length, numbers separately."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from olmocr_core.domain.text_cleaning import to_form

_SIMILAR = 0.5
_MIN_LETTERS = 3
_SAMPLE_CHARS = 800
_TAG = re.compile(r"<[^<>]{1,200}>")
_DASHES = re.compile("[\u00ad\u2010-\u2015\u2212]")
_HYPHENATED = re.compile(r"(?<=[^\W\d_])-\s+(?=[^\W\d_])")
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\d_]+")


def measure_recall(text: str, layer_text: str) -> tuple[float, float]:
    """The shares of the layer's words, by characters, and of its numbers that occur in the text, each from 0 to 1.

    Every occurrence counts; hyphenation, case, markup and order do not. The share of no words or no numbers is 1.0.
    """
    have, want = Counter(tokenize(text)), Counter(tokenize(layer_text))
    words = {token: count for token, count in want.items() if not token[0].isdigit()}
    numbers = {token: count for token, count in want.items() if token[0].isdigit()}
    characters = _recall(have, words, weigh=True) if words else _recall(have, numbers, weigh=True)
    return characters, _recall(have, numbers, weigh=False)


def measure_layer_recall(text: str, layer: str, is_garbage: Callable[[str], bool]) -> dict[str, float]:
    """Measure both recalls as signals of a page; none if the layer itself is garbage.

    A layer with a broken character map never matches the words read from the pixels, so only dissimilar layers are
    tested. The beginning is enough: a broken map affects every line.
    """
    characters, numbers = measure_recall(text, layer)
    if characters < _SIMILAR and is_garbage(layer[:_SAMPLE_CHARS]):
        return {}
    return {"layer_character_recall": round(characters, 4), "layer_number_recall": round(numbers, 4)}


def measure_word_recall(words: Iterable[str], ocr_text: str) -> float | None:
    """The share of some words of a line, 0 to 1, in another reading of the whole line; None for too few words."""
    wanted = [letters for letters in map(_letters, words) if len(letters) >= _MIN_LETTERS]
    text = _letters(ocr_text)
    if len(wanted) < 2 or not text:
        return None
    return sum(fuzz.partial_ratio(word, text) * len(word) for word in wanted) / (100 * sum(map(len, wanted)))


def measure_agreement(layer_text: str, ocr_text: str) -> float:
    """The similarity of two readings of the same lines, 0 to 1, by edits of their letters and digits."""
    first, second = _letters(layer_text), _letters(ocr_text)
    if not first and not second:
        return 1.0
    return float(Levenshtein.normalized_similarity(first, second))


def tokenize(text: str) -> Iterable[str]:
    """Split into words in lower case, numbers with their separators, and single ideographs."""
    plain = to_form("NFKC", _DASHES.sub("-", _TAG.sub(" ", text))).lower()
    return _TOKEN.findall(_HYPHENATED.sub("", plain))


def _recall(have: Counter[str], want: dict[str, int], *, weigh: bool) -> float:
    total = found = 0
    for token, count in want.items():
        weight = len(token) if weigh else 1
        total += weight * count
        found += weight * min(count, have[token])
    return found / total if total else 1.0


def _letters(text: str) -> str:
    folded = to_form("NFKD", text).lower()
    return "".join(char for char in folded if char.isalnum())
