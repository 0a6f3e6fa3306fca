"""Detect the language of a text: two letters and a confidence, or None for short texts and for garbage."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

NO_LANGUAGE = "zxx"
_MARKUP = re.compile(
    r"<[^<>]{1,200}>|!\[(?:(?!!\[)[^\]])*\]\((?:(?!!\[)[^)])*\)|\$[^$\n]{1,500}\$|https?://\S+|[#*_|`\\{}]"
)
_SPACE = re.compile(r"\s+")
_WITH_DIGITS = re.compile(r"\S*\d\S*")
_MAX_CHARS = 4000
_MIN_LETTERS = 16
# A syllable or ideograph carries more information than a letter.
_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_MIN_DENSE = 6


class LanguageDetector:
    """Uses py3langid, loaded at the first call (0.3 s, 60 MB); then about 1 ms a page."""

    def detect(self, text: str) -> tuple[str | None, float]:
        """Detect the language: two letters and a confidence from 0 to 1, or (None, 0.0).

        Markup, equations and links are ignored; of a long text, only the start, middle and end are used.
        """
        plain = _plain(text)
        if not _enough(plain):
            return None, 0.0
        code, confidence = self.classify(plain)
        return (None, 0.0) if code == NO_LANGUAGE or len(code) != 2 else (code, confidence)

    def is_garbage(self, text: str) -> bool:
        """Whether a text with enough letters is not in any language, for example after a broken character map."""
        plain = _SPACE.sub(" ", _WITH_DIGITS.sub(" ", _plain(text))).strip()
        return _enough(plain) and self.classify(plain)[0] == NO_LANGUAGE

    def classify(self, text: str) -> tuple[str, float]:
        """Classify the text unchanged; ``zxx`` means no language."""
        code, confidence = self._identifier.classify(text)
        return str(code), float(confidence)

    @cached_property
    def _identifier(self) -> Any:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _plain(text: str) -> str:
    plain = _SPACE.sub(" ", _MARKUP.sub(" ", text)).strip()
    if sum(map(str.isupper, plain)) > sum(map(str.islower, plain)):
        # The model was trained on running text and does not recognise text in capitals.
        plain = plain.lower()
    if len(plain) <= _MAX_CHARS:
        return plain
    part, middle = _MAX_CHARS // 3, len(plain) // 2
    return " ".join((plain[:part], plain[middle : middle + part], plain[-part:]))


def _enough(text: str) -> bool:
    return sum(map(str.isalpha, text)) >= _MIN_LETTERS or len(_DENSE.findall(text)) >= _MIN_DENSE
