"""The language of a text: two letters and a confidence, or None where the text is too short or no language at all."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

NO_LANGUAGE = "zxx"
_MARKUP = re.compile(r"<[^<>]{1,200}>|!\[[^\]]*\]\([^)]*\)|\$[^$\n]{1,500}\$|https?://\S+|[#*_|`\\{}]")
_SPACE = re.compile(r"\s+")
_WITH_DIGITS = re.compile(r"\S*\d\S*")
_MAX_CHARS = 4000
_MIN_LETTERS = 16
# Syllables and ideographs say more a character than letters do.
_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_MIN_DENSE = 6


class LanguageDetector:
    """py3langid, loaded at the first question (0.3 s, 60 MB) and then about 1 ms a page."""

    def detect(self, text: str) -> tuple[str | None, float]:
        """Two letters and a confidence from 0 to 1; (None, 0.0) for short texts and for texts in no language.

        Markup, equations and links are left out first, and of a long text its beginning, middle and end are read.
        """
        plain = _plain(text)
        if not _enough(plain):
            return None, 0.0
        code, confidence = self.classify(plain)
        return (None, 0.0) if code == NO_LANGUAGE or len(code) != 2 else (code, confidence)

    def is_garbage(self, text: str) -> bool:
        """Whether a text with enough letters is in no language: shifted letters, a broken character map."""
        plain = _SPACE.sub(" ", _WITH_DIGITS.sub(" ", _plain(text))).strip()
        return _enough(plain) and self.classify(plain)[0] == NO_LANGUAGE

    def classify(self, text: str) -> tuple[str, float]:
        """What the model says of the text as it is; ``zxx`` means no language."""
        code, confidence = self._identifier.classify(text)
        return str(code), float(confidence)

    @cached_property
    def _identifier(self) -> Any:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _plain(text: str) -> str:
    plain = _SPACE.sub(" ", _MARKUP.sub(" ", text)).strip()
    if sum(map(str.isupper, plain)) > sum(map(str.islower, plain)):
        # Telegrams and headings in capitals look like no language to a model that learned from running text.
        plain = plain.lower()
    if len(plain) <= _MAX_CHARS:
        return plain
    part, middle = _MAX_CHARS // 3, len(plain) // 2
    return " ".join((plain[:part], plain[middle : middle + part], plain[-part:]))


def _enough(text: str) -> bool:
    return sum(map(str.isalpha, text)) >= _MIN_LETTERS or len(_DENSE.findall(text)) >= _MIN_DENSE
