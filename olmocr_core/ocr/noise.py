"""Which lines are not text: specks, edges of the scanner, bits of pictures."""

from __future__ import annotations

from olmocr_core.ocr.words import ReadLine

_HOPELESS = 0.5
_DOUBTFUL = 0.7


def is_noise(line: ReadLine) -> bool:
    """Whether a line is better left out; faint but readable text stays in."""
    text, confidence = line.text.text.strip(), line.text.confidence
    if not text or confidence < _HOPELESS:
        return True
    letters = sum(char.isalnum() for char in text)
    if letters == 0:
        return confidence < 0.9 and len(text) < 4
    return confidence < _DOUBTFUL and (letters <= 2 or letters < 0.6 * len(text))
