"""Boxes as OCR gives them: heights of lines differ by chance."""

from __future__ import annotations

from olmocr_core.domain.geometry import Box, Word
from olmocr_core.layout import transcribe_layout
from tests.core.layout.pages import line, lines, page, prose

SIZES = (10.3, 12.1, 9.2, 11.6, 10.0, 9.4, 12.2, 10.3)


def scanned(texts: list[str], x: float, y: float, sizes: tuple[float, ...] = SIZES, first: int = 0) -> list[Word]:
    """Lines whose pitch is even and whose boxes are not."""
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


def test_a_heading_of_a_scan_is_not_evened_out() -> None:
    title = [Word(w.text, w.box, 18, confidence=0.95, line=99) for w in line("A large title", 50, 60, 18)]
    text = transcribe_layout(page(title, scanned(prose("a", 8), 50, 100))).text

    assert text.startswith("# A large title\n\nand so")


def test_small_type_of_a_scan_stays_small() -> None:
    notes = scanned(["1 Geddes, History, page 24 and the pages that follow"], 50, 500, (7.5,), first=50)
    text = transcribe_layout(
        page(notes, scanned(prose("a", 8), 50, 100), scanned(prose("b", 8), 50, 240, first=20))
    ).text

    assert "\n\n1 Geddes" in text


def column(name: str, x: float, width: float, first: int) -> list[Word]:
    """Lines of OCR whose boxes reach to ``x + width``, though their ink ends earlier."""
    words = []
    for i in range(30):
        found = line(f"the {name}{i} line goes on", x, 100 + 12 * i, 10, confidence=0.95, line=first + i)
        last = found[-1]
        wide = Word(
            last.text, Box(last.box.x0, last.box.y0, x + width, last.box.y1), 10, confidence=0.95, line=first + i
        )
        words += [*found[:-1], wide]
    return words


def test_a_gutter_that_boxes_of_ocr_reach_into_is_found() -> None:
    text = transcribe_layout(page(column("left", 50, 118, 0), column("right", 170, 118, 100))).text
    assert text.index("left29") < text.index("right0")


def test_both_running_heads_of_a_spread_are_dropped() -> None:
    heads = [*line("262 REPORT OF THE SECRETARY", 30, 30), *line("REPORT OF THE SECRETARY 263", 380, 36)]
    left, right = lines(prose("left", 20), 30, 80), lines(prose("right", 20), 340, 80)
    found = transcribe_layout(page(heads, left, right))

    assert found.dropped == ("262 REPORT OF THE SECRETARY", "REPORT OF THE SECRETARY 263")
    assert "SECRETARY" not in found.text
