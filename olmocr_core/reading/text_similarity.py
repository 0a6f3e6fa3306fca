"""How much of one text is found in another, whatever the order: words by their characters, and numbers apart."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

_ALIKE = 0.5
_TELLING = 3
_ENOUGH_CHARS = 800
_TAG = re.compile(r"<[^<>]{1,200}>")
_DASHES = re.compile("[\u00ad\u2010-\u2015\u2212]")
_HYPHENATED = re.compile(r"(?<=[^\W\d_])-\s+(?=[^\W\d_])")
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\d_]+")


def recall_against_layer(text: str, layer_text: str) -> tuple[float, float]:
    """Shares of the layer's characters (in whole words) and of its numbers that the text holds, each from 0 to 1.

    Words count as often as they occur and by their length; hyphenation, case, markup and order do not matter. A layer
    without words (or numbers) counts as found: 1.0.
    """
    have, want = Counter(tokenize(text)), Counter(tokenize(layer_text))
    words = {token: count for token, count in want.items() if not token[0].isdigit()}
    numbers = {token: count for token, count in want.items() if token[0].isdigit()}
    characters = _recall(have, words, weigh=True) if words else _recall(have, numbers, weigh=True)
    return characters, _recall(have, numbers, weigh=False)


def measure_layer_recall(text: str, layer: str, is_garbage: Callable[[str], bool]) -> dict[str, float]:
    """Both recalls as signals of a page, or nothing where the layer itself is at fault.

    A broken character map never gives the words that were read from the pixels, so only a layer that is unlike them is
    asked whether it is garbage; its beginning tells, for a broken map breaks every line alike.
    """
    characters, numbers = recall_against_layer(text, layer)
    if characters < _ALIKE and is_garbage(layer[:_ENOUGH_CHARS]):
        return {}
    return {"layer_character_recall": round(characters, 4), "layer_number_recall": round(numbers, 4)}


def words_found(words: Iterable[str], ocr_text: str) -> float | None:
    """How much of some words of a line another reading of the whole line has, 0 to 1; None for too few words."""
    wanted = [letters for letters in map(_letters, words) if len(letters) >= _TELLING]
    text = _letters(ocr_text)
    if len(wanted) < 2 or not text:
        return None
    return sum(fuzz.partial_ratio(word, text) * len(word) for word in wanted) / (100 * sum(map(len, wanted)))


def agreement(layer_text: str, ocr_text: str) -> float:
    """How alike two readings of the same few lines are, 0 to 1: edits over their letters and digits, spaces ignored."""
    first, second = _letters(layer_text), _letters(ocr_text)
    if not first and not second:
        return 1.0
    return float(Levenshtein.normalized_similarity(first, second))


def tokenize(text: str) -> Iterable[str]:
    """Words in lower case, numbers with their separators, ideographs one by one."""
    plain = unicodedata.normalize("NFKC", _DASHES.sub("-", _TAG.sub(" ", text))).lower()
    return _TOKEN.findall(_HYPHENATED.sub("", plain))


def _recall(have: Counter[str], want: dict[str, int], *, weigh: bool) -> float:
    total = found = 0
    for token, count in want.items():
        weight = len(token) if weigh else 1
        total += weight * count
        found += weight * min(count, have[token])
    return found / total if total else 1.0


def _letters(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).lower()
    return "".join(char for char in folded if char.isalnum())
