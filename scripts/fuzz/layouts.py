"""The target of work with text layers: words, lines and images at any place of a page, out of bytes."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from functools import lru_cache

from olmocr_core.documents.language import LanguageDetector
from olmocr_core.domain.geometry import EQUATION, Box, PageLayout, Ruling, Word
from olmocr_core.layout.transcribe import extract_plain_text, transcribe_layout
from olmocr_core.reading.text_layer_trust import assess_text_layer
from scripts.fuzz.target import Target
from scripts.fuzz.texts import text_of

# Kind, x, y, width, height, size and length of the text, which follows.
_PIECE = struct.Struct("!BhhHHBB")
_WIDTH, _HEIGHT = 612.0, 792.0
_ROTATIONS = (0, 90, 180, 270)
# No page has more words; analysis is not linear in them.
_MOST_PIECES = 2_000


def run_layout(data: bytes) -> None:
    """Any page is transcribed and assessed. What it says is text."""
    layout = decode(data)
    transcription = transcribe_layout(layout)
    transcription.text.encode("utf-8", "surrogatepass")
    extract_plain_text(layout)
    trust = assess_text_layer(layout, detector=_detector())
    assert all(math.isfinite(value) for value in trust.signals.values() if isinstance(value, float))


def decode(data: bytes) -> PageLayout:
    """The page that the bytes describe."""
    words, rulings, images = [], [], []
    for kind, box, size, text in _pieces(data):
        if kind % 8 == 1:
            rulings.append(Ruling(box))
        elif kind % 8 == 2:
            images.append(box)
        else:
            font = EQUATION if kind % 8 == 3 else "mono" if kind % 8 == 4 else ""
            turned = _ROTATIONS[kind >> 6] if kind & 32 else 0
            words.append(Word(text, box, size, bold=kind % 8 == 5, italic=kind % 8 == 6, font=font, rotation=turned))
    return PageLayout(_WIDTH, _HEIGHT, tuple(words), tuple(rulings), tuple(images))


def _pieces(data: bytes) -> Iterator[tuple[int, Box, float, str]]:
    place = 0
    for _ in range(_MOST_PIECES):
        if place + _PIECE.size > len(data):
            return
        kind, x, y, width, height, size, length = _PIECE.unpack_from(data, place)
        place += _PIECE.size
        text = text_of(data[place : place + length])
        place += length
        yield kind, Box(x / 8, y / 8, (x + width) / 8, (y + height) / 8), size / 4, text


def encode(*pieces: tuple[int, float, float, float, float, float, str]) -> bytes:
    """The bytes of some pieces: kind, x, y, width, height and size in points, text."""
    return b"".join(
        _PIECE.pack(kind, int(8 * x), int(8 * y), int(8 * width), int(8 * height), int(4 * size), len(text.encode()))
        + text.encode()
        for kind, x, y, width, height, size, text in pieces
    )


@lru_cache(1)
def _detector() -> LanguageDetector:
    return LanguageDetector()


def _paragraph() -> bytes:
    words = ("The", "first", "sen-", "tence", "of", "1", "page,", "and", "x", "\u00e9t\u00e9")
    return encode(*((0, 72 + 45 * (i % 5), 100 + 14 * (i // 5), 40, 10, 10, word) for i, word in enumerate(words * 3)))


def _ruled() -> bytes:
    lines = [(1, 72.0, 300.0 + 20 * i, 200.0, 0.5, 0, "") for i in range(4)]
    lines += [(1, 72.0 + 100 * i, 300.0, 0.5, 60.0, 0, "") for i in range(3)]
    cells = [(0, 80.0 + 100 * (i % 2), 305.0 + 20 * (i // 2), 30.0, 10.0, 10, str(i)) for i in range(6)]
    return encode(*lines, *cells)


def _mixed() -> bytes:
    return encode(
        (5, 200, 40, 200, 20, 24, "Title"),
        (3, 100, 200, 90, 12, 10, "$x^2$"),
        (2, 50, 400, 500, 300, 0, ""),
        (96, 20, 300, 10, 60, 8, "side"),
        (0, 300, 770, 10, 8, 8, "12"),
        (4, 100, 500, 60, 10, 9, "if(x){"),
    )


TARGETS = (Target("layouts", run_layout, (_paragraph(), _ruled(), _mixed())),)
