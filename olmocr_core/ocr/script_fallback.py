"""Pages that our models cannot read: in scripts that are not in their alphabets."""

from __future__ import annotations

import re
from collections.abc import Sequence

from olmocr_core.domain.geometry import Word
from olmocr_core.ocr import tesseract
from olmocr_core.ocr.model_cascade import measure_total_width
from olmocr_core.ocr.models import Pixels
from olmocr_core.ocr.words import ReadLine

# The width of a crop at 48 pixels of height by the characters read from it: print has 20 to 30 a character, and one that the
# models have no letters for has hundreds.
_USUAL_WIDTH = 24.0
_SPARSE = 0.4
_FEWEST_LINES = 3
_LATIN = re.compile("[A-Za-zÀ-ɏ]")
_GREEK = re.compile("[\u0370-\u03ff]")
_SURE = 0.7
_FEWEST_LETTERS = 12


def is_unreadable(lines: Sequence[ReadLine]) -> bool:
    """Whether far less was read than stands there, or what was read is Greek, whose accents the models do not know."""
    if len(lines) < _FEWEST_LINES:
        return False
    text = "".join(line.text.text for line in lines)
    expected = measure_total_width([line.box for line in lines]) / _USUAL_WIDTH
    greek = len(_GREEK.findall(text))
    return len(text) < _SPARSE * expected or greek > len(_LATIN.findall(text))


def read_with_tesseract(image: Pixels, lines: Sequence[ReadLine]) -> tuple[list[Word], str] | None:
    """The words (in pixels) that an installed Tesseract reads where our models cannot, and in which languages.

    None where they can, where none is installed for the script, or where what it reads is Latin or doubtful.
    """
    if not tesseract.list_languages() or not is_unreadable(lines):
        return None
    chosen = tesseract.detect_languages(image)
    words = tesseract.read_words(image, chosen) if chosen else []
    letters = sum(char.isalpha() for word in words for char in word.text)
    sure = sum(word.confidence * len(word.text) for word in words) / max(1, sum(len(word.text) for word in words))
    latin = sum(len(_LATIN.findall(word.text)) for word in words)
    if letters < _FEWEST_LETTERS or sure < _SURE or 2 * latin > letters:
        return None
    return words, "+".join(chosen)
