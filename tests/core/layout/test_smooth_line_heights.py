"""Lines from OCR, whose heights vary by chance."""

from __future__ import annotations

from olmocr_core.domain.geometry import Word
from olmocr_core.layout import transcribe_layout
from tests.core.layout.pages import line, page, prose

SIZES = (10.3, 12.1, 9.2, 11.6, 10.0, 9.4, 12.2, 10.3)


def scanned(texts: list[str], x: float, y: float, sizes: tuple[float, ...] = SIZES, first: int = 0) -> list[Word]:
    """Evenly spaced lines with boxes of different heights."""
    words = []
    for i, text in enumerate(texts):
        size = sizes[i % len(sizes)]
        words += [
            Word(w.text, w.box, size, confidence=0.95, line=first + i) for w in line(text, x, y + 14 * i - size / 2, 10)
        ]
    return words


def test_a_paragraph_whose_lines_differ_in_height_stays_whole() -> None:
    text = transcribe_layout(page(scanned(prose("a", 8), 50, 100))).text
    assert text == " ".join(prose("a", 8))


def test_a_heading_of_a_scan_keeps_its_size() -> None:
    title = [Word(w.text, w.box, 18, confidence=0.95, line=99) for w in line("A large title", 50, 60, 18)]
    text = transcribe_layout(page(title, scanned(prose("a", 8), 50, 100))).text

    assert text.startswith("# A large title\n\nand so")


def test_small_type_of_a_scan_stays_small() -> None:
    notes = scanned(["1 Geddes, History, page 24 and the pages that follow"], 50, 500, (7.5,), first=50)
    text = transcribe_layout(
        page(notes, scanned(prose("a", 8), 50, 100), scanned(prose("b", 8), 50, 240, first=20))
    ).text

    assert "\n\n1 Geddes" in text
