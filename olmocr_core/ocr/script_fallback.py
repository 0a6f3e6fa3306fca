"""Fall back on Tesseract for pages in scripts that our models cannot read."""

from __future__ import annotations

import re
from collections.abc import Sequence

from olmocr_core.domain.geometry import Word
from olmocr_core.ocr import tesseract
from olmocr_core.ocr.model_cascade import measure_total_width
from olmocr_core.ocr.models import Pixels
from olmocr_core.ocr.words import ReadLine

# Width of a crop at 48 pixels height per character: print has 20 to 30, a script that is not in the models' alphabets
# has hundreds.
_WIDTH_PER_CHARACTER = 24.0
_SPARSE_SHARE = 0.4
_MIN_LINES = 3
_LATIN = re.compile("[A-Za-zÀ-ɏ]")
_GREEK = re.compile("[\u0370-\u03ff]")
_MIN_CONFIDENCE = 0.7
_MIN_LETTERS = 12


def is_unreadable(lines: Sequence[ReadLine]) -> bool:
    """Whether far less was read than is there, or the text is Greek, whose accents the models do not know."""
    if len(lines) < _MIN_LINES:
        return False
    text = "".join(line.text.text for line in lines)
    expected = measure_total_width([line.box for line in lines]) / _WIDTH_PER_CHARACTER
    greek = len(_GREEK.findall(text))
    return len(text) < _SPARSE_SHARE * expected or greek > len(_LATIN.findall(text))


def read_with_tesseract(image: Pixels, lines: Sequence[ReadLine]) -> tuple[list[Word], str] | None:
    """The words (in pixels) and languages that an installed Tesseract reads where our models cannot.

    None if the models can read the page, if no language of its script is installed, or if the result is Latin or
    doubtful.
    """
    if not tesseract.list_languages() or not is_unreadable(lines):
        return None
    chosen = tesseract.detect_languages(image)
    words = tesseract.read_words(image, chosen) if chosen else []
    letters = sum(char.isalpha() for word in words for char in word.text)
    sure = sum(word.confidence * len(word.text) for word in words) / max(1, sum(len(word.text) for word in words))
    latin = sum(len(_LATIN.findall(word.text)) for word in words)
    if letters < _MIN_LETTERS or sure < _MIN_CONFIDENCE or 2 * latin > letters:
        return None
    return words, "+".join(chosen)
