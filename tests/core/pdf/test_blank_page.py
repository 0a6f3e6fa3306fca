"""Blank pages, clean and scanned, and pages that nearly are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from olmocr_core.domain.settings import Render
from olmocr_core.pdf.blank_page import measure_ink
from olmocr_core.pdf.draw import draw_page
from tests.core.pdf.making import document, page, session

BLANK_INK = Render().blank_ink
SIZE = (995, 1288)


def is_blank(image: Image.Image) -> bool:
    return measure_ink(image, BLANK_INK)[1]


def clean(words: str = "", shade: int = 0, size: int = 20) -> Image.Image:
    image = Image.new("L", SIZE, 255)
    if words:
        ImageDraw.Draw(image).text((480, 1210), words, fill=shade, font=ImageFont.load_default(size))
    return image


def scan(
    words: str = "", seed: int = 0, *, noise: float = 6.0, border: bool = True, behind: bool = True
) -> Image.Image:
    """Yellowed paper: uneven light, grain, dust, a dark edge, print that shines through from the other side."""
    rng = np.random.default_rng(seed)
    height, width = SIZE[1], SIZE[0]
    paper: Any = (
        np.full((height, width), 225.0) - np.linspace(0, 40, width)[None, :] + rng.normal(0, noise, (height, width))
    )
    if behind:
        other = Image.new("L", SIZE, 0)
        pen = ImageDraw.Draw(other)
        for line in range(24):
            pen.text(
                (120, 150 + 40 * line), "the words of the other side of this leaf", 255, ImageFont.load_default(26)
            )
        paper -= np.asarray(other.transpose(Image.Transpose.FLIP_LEFT_RIGHT).filter(ImageFilter.GaussianBlur(2))) * 0.13
    for x, y in rng.integers(30, 900, (25, 2)):
        paper[y : y + 2, x : x + 3] -= 120
    if border:
        paper[:, :14] = 20
        paper[-9:, :] = 35
    image = Image.fromarray(paper.clip(0, 255).astype(np.uint8))
    if words:
        ImageDraw.Draw(image).text((480, 1180), words, fill=60, font=ImageFont.load_default(20))
    return image


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_a_uniform_page_is_blank_whatever_its_colour(shade: int) -> None:
    assert measure_ink(Image.new("L", SIZE, shade), BLANK_INK) == (0.0, True)


@pytest.mark.parametrize("words", ["7", "12", "- 3 -", "See overleaf."])
@pytest.mark.parametrize("size", [14, 20])
def test_a_lone_page_number_is_not_blank(words: str, size: int) -> None:
    assert not is_blank(clean(words, size=size))


def test_faint_print_on_a_clean_page_is_seen() -> None:
    assert not is_blank(clean("draft", shade=215))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("noise", [2.0, 6.0, 9.0])
def test_an_empty_scan_is_blank(seed: int, noise: float) -> None:
    assert is_blank(scan(seed=seed, noise=noise))


@pytest.mark.parametrize("words", ["12", "Chapter One", "vii"])
@pytest.mark.parametrize("seed", range(3))
def test_a_few_words_on_a_scan_are_seen(words: str, seed: int) -> None:
    assert not is_blank(scan(words, seed=seed))


def test_punch_holes_and_a_shadow_are_not_print() -> None:
    image = scan(border=False)
    pen = ImageDraw.Draw(image)
    for y in (400, 860):
        pen.ellipse((45, y, 75, y + 30), fill=30)
    pen.line((930, 40, 936, 1240), fill=90, width=4)
    assert is_blank(image)


def test_a_page_full_of_print_is_not_blank() -> None:
    image = Image.new("L", SIZE, 255)
    for line in range(40):
        ImageDraw.Draw(image).text((80, 60 + 29 * line), "word after word " * 4, 0, ImageFont.load_default(22))
    ink, blank = measure_ink(image, BLANK_INK)
    assert not blank
    assert 0.02 < ink < 0.3


def test_a_photograph_is_not_blank() -> None:
    rng = np.random.default_rng(1)
    small = Image.fromarray(rng.integers(0, 255, (40, 30)).astype(np.uint8))
    assert not is_blank(small.resize(SIZE, Image.Resampling.BICUBIC))


def test_white_print_on_black_is_seen() -> None:
    image = Image.eval(clean("12"), lambda value: 255 - value)
    assert not is_blank(image)


@pytest.mark.parametrize("size", [(21, 1288), (1288, 1), (1, 1), (64, 64)])
def test_narrow_pages_are_measured_too(size: tuple[int, int]) -> None:
    image = Image.new("RGB", size, "white")
    assert is_blank(image)
    image.paste("black", (0, 0, max(1, size[0] // 2), max(1, size[1] // 2)))
    assert size == (1, 1) or not is_blank(image)


def test_large_images_are_judged_at_the_same_scale() -> None:
    assert is_blank(scan().resize((3000, 3884)))
    assert not is_blank(clean("12").resize((3000, 3884)))


@pytest.mark.parametrize(
    ("name", "number", "expected"),
    [
        ("dev/pdfs/sample_blank_book_pg1.pdf", 1, True),
        ("dev/pdfs/olmocr_blanktext.pdf", 1, True),
        ("dev/pdfs/unstructured_layout-parser-paper-with-empty-pages.pdf", 2, True),
        # By sight: "This page is intentionally left blank", and a visible heading.
        ("dev/pdfs/unstructured_layout-parser-paper-with-empty-pages.pdf", 3, False),
        ("hostile/active/invisible_text_layer.pdf", 1, False),
        ("hostile/active/attachments_deep.pdf", 1, False),
        ("dev/pdfs/gnarly_skinnypage.pdf", 2, False),
        ("dev/pdfs/sample_lincoln_letter.pdf", 1, False),
        ("dev/pdfs/bench_old_scans_2.pdf", 1, False),
        ("dev/pdfs/docling_ocr_test_rotated_90.pdf", 1, False),
    ],
)
def test_pages_of_the_corpus(corpus: Path, name: str, number: int, expected: bool) -> None:
    drawing = draw_page(session(), page(document(corpus / name), number), 1288)
    assert is_blank(drawing.image) is expected
