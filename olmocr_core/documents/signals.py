"""Quality signals: pure functions that measure a text.

Shares are from 0 to 1. ``characters`` counts visible characters. Markup that an engine added (table tags, figure files)
does not count. A new signal of a text is a function and one line of ``TEXT_SIGNALS``.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from olmocr_core.domain.models import PageSummary, Signals

DetectLanguage = Callable[[str], tuple[str | None, float]]
"""``text -> (two-letter code or None, confidence from 0 to 1)``."""

NGRAM = 10
MIN_LANGUAGE_CHARS = 50
MOJIBAKE_SAMPLE = 1500

_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]{0,200})?/?>")
# Up to the next figure at most: else each of many beginnings without an end would be read to the end of its line.
_FIGURE = re.compile(r"!\[((?:(?!!\[)[^\]\n])*)\]\((?:(?!!\[)[^)\n])*\)")
_TABLE_RULE = re.compile(r"(?m)^(?=[ \t|:-]*-)[ \t|:-]+$")
# Numbers do not count as words: rows of zeros are legitimate. In scripts without spaces a character is a word.
_UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W\d_{_UNSPACED}]+")
_LETTERS = re.compile(r"[^\W_]+")
_UNDECODED = re.compile("[\ufffd\ue000-\uf8ff]")


def strip_markup(text: str) -> str:
    """Remove table tags, table rules and the file names of figures."""
    text = _FIGURE.sub(r"\1", text) if "![" in text else text
    text = _TAG.sub(" ", text) if "<" in text else text
    return _TABLE_RULE.sub("", text).replace("|", " ") if "|" in text else text


def count_visible_characters(text: str) -> int:
    """The number of characters that are not white space."""
    return sum(map(len, text.split()))


def measure_alnum_share(text: str) -> float:
    """The share of letters and digits in visible characters, with vowel signs and accents; 0 for no text."""
    visible = count_visible_characters(text)
    other = "".join(_LETTERS.sub("", text).split())
    marks = 0 if other.isascii() else sum(unicodedata.category(char)[0] == "M" for char in other)
    return (visible - len(other) + marks) / visible if visible else 0.0


def measure_repeated_lines(text: str) -> float:
    """The share of lines that repeat an earlier line, among lines with a letter: numbers repeat in ordinary tables."""
    lines = [" ".join(line.split()) for line in text.splitlines() if any(map(str.isalpha, line))]
    return 1 - len(set(lines)) / len(lines) if lines else 0.0


def measure_repeated_ngrams(text: str) -> float:
    """The share of words inside 10-grams that occurred before: near 1 for a loop, 0.5 for a text that occurs twice."""
    import numpy as np

    words = _WORD.findall(text.casefold())
    if len(words) <= NGRAM:
        return 0.0
    codes = {word: code for code, word in enumerate(dict.fromkeys(words), 1)}
    ids = np.fromiter(map(codes.__getitem__, words), dtype=np.uint64, count=len(words))
    grams = np.zeros(len(words) - NGRAM + 1, dtype=np.uint64)
    # A polynomial hash modulo 2**64: equal on every machine, unlike Python's hash of strings.
    for offset in range(NGRAM):
        grams = grams * np.uint64(0x9E3779B97F4A7C15) + ids[offset : offset + len(grams)]
    _, first = np.unique(grams, return_index=True)
    repeats = np.ones(len(grams), dtype=np.int64)
    repeats[first] = 0
    edges = np.zeros(len(words) + 1, dtype=np.int64)
    edges[: len(grams)] += repeats
    edges[NGRAM : NGRAM + len(grams)] -= repeats
    return float(np.count_nonzero(np.cumsum(edges)[:-1]) / len(words))


def measure_mojibake(text: str) -> float:
    """The share of visible characters that look wrongly decoded, in samples of the start, middle and end."""
    from ftfy.badness import BADNESS_RE

    text = _sample(text)
    visible = count_visible_characters(text)
    if not visible or text.isascii():
        return 0.0
    wrong = sum(map(count_visible_characters, BADNESS_RE.findall(text))) + len(_UNDECODED.findall(text))
    return min(1.0, wrong / visible)


def _sample(text: str) -> str:
    if len(text) <= MOJIBAKE_SAMPLE:
        return text
    part = MOJIBAKE_SAMPLE // 3
    middle = (len(text) - part) // 2
    return "\n".join((text[:part], text[middle : middle + part], text[-part:]))


@dataclass(frozen=True, slots=True)
class TextSignal:
    """A share or number that a function measures in a text without markup.

    ``spans_pages``: in a document it is measured across pages; else it is the mean of its pages, weighted by their text.
    """

    measure: Callable[[str], float]
    spans_pages: bool = False


TEXT_SIGNALS: Mapping[str, TextSignal] = {
    "alnum_share": TextSignal(measure_alnum_share),
    "repeated_line_share": TextSignal(measure_repeated_lines, spans_pages=True),
    "repeated_ngram_share": TextSignal(measure_repeated_ngrams, spans_pages=True),
    "mojibake_share": TextSignal(measure_mojibake),
}


def measure_text(text: str) -> Signals:
    """Measure the text of one page, except for its language."""
    plain = strip_markup(text)
    measured = {name: round(signal.measure(plain), 4) for name, signal in TEXT_SIGNALS.items()}
    return {"characters": count_visible_characters(plain), **measured}


def measure_page(text: str, detect: DetectLanguage) -> Signals:
    """Measure the text of one page with its language; pages of a few words get no language."""
    signals = measure_text(text)
    plain = strip_markup(text)
    enough = int(signals["characters"] or 0) >= MIN_LANGUAGE_CHARS
    language, confidence = detect(plain) if enough else (None, 0.0)
    signals["language"] = language
    signals["language_confidence"] = round(confidence, 4)
    return signals


def measure_document(text: str, pages: Sequence[PageSummary]) -> Signals:
    """Measure a whole document; ``pages`` have their own signals already (``measure_page``)."""
    weights = [_number(page.signals.get("characters")) for page in pages]
    total = sum(weights)
    language, share = _language(pages, weights)
    signals: Signals = {
        "characters": int(total),
        **{name: _mean(pages, weights, name) for name, each in TEXT_SIGNALS.items() if not each.spans_pages},
        "language": language,
        "language_confidence": round(share, 4),
        "characters_per_page": round(total / len(pages), 1) if pages else 0.0,
    }
    signals |= _across_pages(text, pages)
    statuses = Counter(page.status for page in pages)
    routes = Counter(page.route for page in pages if page.status not in ("failed", "fallback"))
    signals |= {
        "fallback_pages": statuses["fallback"],
        "failed_pages": statuses["failed"],
        "blank_pages": statuses["blank"],
        "input_tokens": sum(page.input_tokens for page in pages),
        "output_tokens": sum(page.output_tokens for page in pages),
    }
    for route in ("text_layer", "ocr", "model"):
        signals[f"{route}_share"] = round(routes[route] / len(pages), 4) if pages else 0.0
    return signals


def _across_pages(text: str, pages: Sequence[PageSummary]) -> Signals:
    # A document of one page has the repetition of its page; in others, pages may repeat each other.
    only = pages[0].signals if len(pages) == 1 else {}
    wanted = {name: signal for name, signal in TEXT_SIGNALS.items() if signal.spans_pages}
    if all(name in only for name in wanted):
        return {name: only[name] for name in wanted}
    plain = strip_markup(text)
    return {name: round(signal.measure(plain), 4) for name, signal in wanted.items()}


def _language(pages: Sequence[PageSummary], weights: Sequence[float]) -> tuple[str | None, float]:
    """The language of most of the text, and its mean confidence over the pages with a language."""
    votes: dict[str, float] = defaultdict(float)
    weighed = 0.0
    for page, weight in zip(pages, weights, strict=True):
        language = page.signals.get("language")
        if isinstance(language, str):
            votes[language] += weight * _number(page.signals.get("language_confidence"))
            weighed += weight
    if not weighed:
        return None, 0.0
    language, score = max(votes.items(), key=lambda item: item[1])
    return language, min(1.0, score / weighed)


def _mean(pages: Sequence[PageSummary], weights: Sequence[float], name: str) -> float:
    """The mean of a share over the pages, weighted by their text."""
    weighed = sum(weight * _number(page.signals.get(name)) for weight, page in zip(weights, pages, strict=True))
    total = sum(weights)
    return round(weighed / total, 4) if total else 0.0


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
