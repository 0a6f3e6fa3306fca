from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from olmocr_core.domain.geometry import Box, Word
from olmocr_core.ocr.formulas import insert_formulas, is_mathematical
from olmocr_core.ocr.formulas.connected_components import (
    Blob,
    classify_tall_sign,
    find_blobs,
    is_bar,
    is_dot,
    is_plus,
    is_root,
)
from olmocr_core.ocr.formulas.glyph_voting import vote_on_glyphs
from olmocr_core.ocr.formulas.latex import render_row_text
from olmocr_core.ocr.formulas.prose import is_name
from olmocr_core.ocr.formulas.recognise_rows import place_digits
from olmocr_core.ocr.formulas.scripts import TypeMetrics, find_scripts
from olmocr_core.ocr.formulas.tree import Fraction, Root, Sign, SymbolRow, build_tree
from olmocr_core.ocr.lexicon import Lexicon
from olmocr_core.ocr.models import ModelCache, Pixels
from olmocr_core.ocr.recognise import Recogniser
from olmocr_core.ocr.weights import SMALL

# Letters of 40 pixels have bands from which a type size of 28 is measured.
TYPE, SIZE = 40.0, 28.0


class Sheet:
    """White paper to write on."""

    def __init__(self, width: int = 900, height: int = 500) -> None:
        self.image = Image.new("RGB", (width, height), "white")
        self.draw = ImageDraw.Draw(self.image)

    def write(self, x: int, base: int, text: str, size: float = TYPE) -> Sheet:
        self.draw.text((x, base), text, fill="black", font=ImageFont.load_default(size), anchor="ls")
        return self

    def bar(self, x0: int, x1: int, y: int) -> Sheet:
        self.draw.rectangle((x0, y, x1, y + 3), fill="black")
        return self

    def over(self, x: int, width: int, base: int, above: str, below: str) -> Sheet:
        self.bar(x, x + width, base - 14)
        return self.write(x + 8, base - 26, above).write(x + 8, base + 28, below)

    @property
    def pixels(self) -> Pixels:
        return np.asarray(self.image)

    @property
    def blobs(self) -> list[Blob]:
        return find_blobs(self.pixels, SIZE)


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.load_english()


@pytest.fixture(scope="session")
def reader(models: ModelCache) -> Recogniser:
    return Recogniser.load(models, SMALL)


@pytest.mark.parametrize("sign", ["(", ")", "{", "}"])
def test_tall_delimiters_are_told_by_their_shape(sign: str) -> None:
    (blob,) = Sheet().write(100, 300, sign, 130).blobs
    assert classify_tall_sign(blob, SIZE) == sign


def test_letters_are_no_delimiters() -> None:
    assert [classify_tall_sign(blob, SIZE) for blob in Sheet().write(50, 200, "(AbJ)").blobs] == [None] * 5


def test_an_integral_leans_at_both_ends() -> None:
    sheet = np.full((300, 200, 3), 255, np.uint8)
    points = np.array([(130, 60), (112, 50), (100, 70), (88, 210), (76, 230), (58, 220)], np.int32)
    cv2.polylines(sheet, [points], False, (0, 0, 0), 6)
    (blob,) = find_blobs(sheet, SIZE)
    assert classify_tall_sign(blob, SIZE) == "∫"


def test_strokes_points_and_crosses() -> None:
    minus, plus, point, letter = (
        Sheet().bar(20, 44, 100).write(100, 110, "+").write(200, 110, ".").write(260, 110, "x").blobs
    )
    assert [is_bar(blob, SIZE) for blob in (minus, plus, point, letter)] == [True, False, False, False]
    assert [is_plus(blob, SIZE) for blob in (minus, plus, point, letter)] == [False, True, False, False]
    assert is_dot(point, SIZE)
    assert not is_dot(letter, SIZE)


def test_a_bar_with_something_over_and_under_it_is_a_fraction() -> None:
    nodes = build_tree(Sheet().write(20, 200, "x").write(70, 200, "=").over(120, 90, 200, "a", "b").blobs, SIZE)
    assert [type(node) for node in nodes] == [SymbolRow, Fraction]
    fraction = nodes[1]
    assert isinstance(fraction, Fraction)
    assert len(fraction.over) == len(fraction.under) == 1


def test_fractions_stand_in_fractions() -> None:
    sheet = Sheet().bar(100, 300, 200).bar(150, 200, 140).write(160, 130, "a").write(160, 185, "b").write(160, 240, "c")
    (outer,) = build_tree(sheet.blobs, SIZE)
    assert isinstance(outer, Fraction)
    assert isinstance(outer.over[0], Fraction)


def test_bars_one_over_the_other_are_an_equals_sign_and_three_points_are_therefore() -> None:
    nodes = build_tree(Sheet().bar(100, 130, 180).bar(100, 130, 192).blobs, SIZE)
    assert [node.text for node in nodes if isinstance(node, Sign)] == ["="]
    dots = Sheet().write(100, 200, ".").write(110, 184, ".").write(120, 200, ".").blobs
    assert [node.text for node in build_tree(dots, SIZE) if isinstance(node, Sign)] == ["∴"]


def test_a_bar_that_broke_is_one_where_ink_stands_over_the_break() -> None:
    whole = Sheet().bar(100, 180, 186).bar(190, 260, 186).write(150, 170, "mwm").write(160, 228, "c")
    (node,) = build_tree(whole.blobs, SIZE)
    assert isinstance(node, Fraction)
    assert len(build_tree(Sheet().over(100, 60, 200, "a", "b").over(172, 60, 200, "a", "b").blobs, SIZE)) == 2


def test_what_stands_under_a_radical_belongs_to_it() -> None:
    sheet = Sheet().write(160, 200, "ab")
    sheet.draw.line([(100, 185), (112, 205), (130, 160), (240, 160)], fill="black", width=4)
    assert any(is_root(blob, SIZE) for blob in sheet.blobs)
    (node,) = build_tree(sheet.blobs, SIZE)
    assert isinstance(node, Root)
    assert not any(is_root(blob, SIZE) for blob in Sheet().write(100, 200, "VTE").blobs)


@pytest.mark.parametrize(
    ("sheet", "raised"),
    [
        (Sheet().write(50, 200, "x").write(76, 184, "2", 24).write(110, 200, "A"), [True]),
        (
            Sheet().write(50, 200, "x").write(76, 184, "2", 24).write(100, 200, "y").write(124, 184, "2", 24),
            [True, True],
        ),
        (Sheet().write(50, 200, "xA").write(102, 206, "2", 28), [False]),
        (Sheet().write(50, 200, "z").write(76, 206, "n", 28), [False]),
        (Sheet().write(50, 200, "xgA, yo"), []),
    ],
)
def test_small_characters_above_and_below_the_line_are_scripts(sheet: Sheet, raised: list[bool]) -> None:
    kind = TypeMetrics(SIZE, 22.0)
    assert [script.raised for script in find_scripts(sheet.blobs, kind)] == raised


def test_the_height_of_small_letters_is_measured() -> None:
    assert TypeMetrics.measure(Sheet().write(50, 200, "xmoanAB").blobs, SIZE).small == pytest.approx(22, abs=2)
    assert TypeMetrics.measure([], SIZE).small == pytest.approx(0.62 * SIZE)


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("(x² + 1)", "( x^{2} + 1 )"),
        ("2 sin x − a₁", r"2 \sin x - a_{1}"),
        ("∴ 3A ≤ π", r"\therefore 3 A \leq \pi"),
        ("x⁻¹²", "x^{-12}"),
        ("1og a + l0g b", r"\log a + \log b"),
        ("日", None),
    ],
)
def test_rows_become_latex(text: str, latex: str | None) -> None:
    assert render_row_text(text) == latex


def test_digits_that_touch_their_letters_are_raised_or_lowered_as_they_stand() -> None:
    def blob(x0: float, y0: float, x1: float, y1: float) -> Blob:
        return Blob(Box(x0, y0, x1, y1), 100, np.ones((int(y1 - y0), int(x1 - x0)), np.uint8))

    others = [blob(60, 60, 80, 100), blob(90, 60, 110, 100)]
    places = [10, 35, 70, 100]
    assert place_digits("x2+4", places, [blob(0, 60, 45, 100), *others], SIZE) == "x²+4"
    assert place_digits("x2+4", places, [blob(0, 60, 45, 106), *others], SIZE) == "x₂+4"
    apart = [blob(0, 70, 20, 100), blob(28, 60, 42, 100), *others]
    assert place_digits("x2+4", places, apart, SIZE) == "x2+4"


def test_characters_that_look_alike_are_read_alike() -> None:
    def glyph(text: str) -> Pixels:
        return np.asarray(Sheet(60, 80).write(15, 60, text).image)

    pictures = [glyph("3"), glyph("3"), glyph("3"), glyph("W")]
    readings = [("3", 1.0), ("8", 0.6), ("3", 0.9), ("W", 0.7)]
    assert [text for text, _ in vote_on_glyphs(pictures, readings)] == ["3", "3", "3", "W"]
    assert vote_on_glyphs([], []) == []


def words(*lines: tuple[str, int]) -> list[Word]:
    return [
        Word(text, Box(20 + 80 * at, base - 35, 90 + 80 * at, base + 8), SIZE, confidence=0.95, line=number)
        for number, (line, base) in enumerate(lines)
        for at, text in enumerate(line.split())
    ]


def test_displayed_equations_take_the_place_of_their_words(reader: Recogniser, lexicon: Lexicon) -> None:
    sheet = Sheet(700, 400).write(20, 60, "Hence we have the value").write(120, 160, "2y = 3x + 1")
    sheet.write(120, 300, "A =").over(200, 100, 300, "b + 4", "7")
    read = words(("Hence we have the value", 60), ("2y = 3x + 1", 160), ("A = b+4", 300))
    found = insert_formulas(read, sheet.pixels, SIZE, 1.0, reader, lexicon)
    texts = [word.text for word in found]
    assert texts[:5] == ["Hence", "we", "have", "the", "value"]
    assert r"\[2 y = 3 x + 1\]" in texts
    assert r"\[A = \frac{b + 4}{7}\]" in texts


def test_names_are_never_taken_for_equations(reader: Recogniser, lexicon: Lexicon) -> None:
    sheet = Sheet(700, 300).write(20, 160, "Nguyen = Duy")
    read = words(("Nguyen = Duy", 160), ("a = b", 400))
    assert insert_formulas(read, sheet.pixels, SIZE, 1.0, reader, lexicon) == read


def test_pages_of_text_are_not_looked_at() -> None:
    assert not is_mathematical(words(("a = b", 100), ("of the people", 200)))
    assert is_mathematical(words(("a = b", 100), ("c = d", 200)))


def test_equations_within_a_sentence_stay_in_it(reader: Recogniser, lexicon: Lexicon) -> None:
    sheet = (
        Sheet(1100, 300).write(20, 160, "Hence we have").write(340, 160, "2y = 3x + 1").write(620, 160, "and the line")
    )
    boxes = {"Hence": (20, 140), "we": (150, 200), "have": (210, 310), "2y": (340, 380), "=": (390, 415), "3x": (425, 465),
             "+": (480, 505), "1": (515, 535), "and": (620, 690), "the": (700, 760), "line": (770, 850)}  # fmt: skip
    read = [Word(text, Box(x0, 125, x1, 168), SIZE, confidence=0.95, line=4) for text, (x0, x1) in boxes.items()]
    found = insert_formulas(read, sheet.pixels, SIZE, 1.0, reader, lexicon)
    assert [word.text for word in found if word.line == 4] == [
        "Hence",
        "we",
        "have",
        "and",
        "the",
        "line",
        r"\(2 y = 3 x + 1\)",
    ]


def test_powers_are_no_names() -> None:
    assert not is_name(Word("3x²dx", Box(0, 0, 1, 1), SIZE))
    assert not is_name(Word("sin", Box(0, 0, 1, 1), SIZE))
    assert not is_name(Word("kxdy", Box(0, 0, 1, 1), SIZE))
    assert is_name(Word("Nguyen,", Box(0, 0, 1, 1), SIZE))


def test_pictures_and_noise_cost_no_page(reader: Recogniser, lexicon: Lexicon) -> None:
    rng = np.random.default_rng(5)
    noise = rng.integers(0, 256, (300, 400, 3), dtype=np.uint8)
    strokes = np.full((300, 400, 3), 255, np.uint8)
    for _ in range(300):
        x, y = int(rng.integers(380)), int(rng.integers(290))
        cv2.line(strokes, (x, y), (x + int(rng.integers(25)), y + int(rng.integers(-4, 5))), (0, 0, 0), 2)
    read = words(("a = b", 100), ("c = d", 200))
    for picture in (noise, strokes, np.full((300, 400, 3), 255, np.uint8), np.zeros((300, 400, 3), np.uint8)):
        found = insert_formulas(read, picture, SIZE, 1.0, reader, lexicon)
        assert all(word in read or word.text.startswith("\\") for word in found)
