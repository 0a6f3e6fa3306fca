"""Extract a page's text layer: words with boxes, fonts, drawn lines and images, in coordinates of the visible page."""

from __future__ import annotations

import ctypes
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from olmocr_core.domain.geometry import Box, PageLayout, Ruling, Word
from olmocr_core.domain.text_cleaning import clean_text
from olmocr_core.pdf.accents import compose_accents, join_surrogate_pairs, reorder_arabic
from olmocr_core.pdf.drawings import read_drawings
from olmocr_core.pdf.fonts import read_font_name
from olmocr_core.pdf.formulas import (
    drop_incomplete_formulas,
    find_formulas,
    has_math_font,
    make_formula_words,
    split_ranges,
)
from olmocr_core.pdf.glyph_names import LigatureNames
from olmocr_core.pdf.ligatures import decode_ligatures, make_font_lookup
from olmocr_core.pdf.page_transform import PageTransform
from olmocr_core.pdf.widgets import read_widgets
from olmocr_core.pdf.word_ranges import LINE_HYPHENS, find_word_ranges

Floats = npt.NDArray[np.float64]
Corners = tuple[float, float, float, float]
Ints = npt.NDArray[np.int64]
_BOLD = re.compile(r"bold|black|heavy|semibold|demi|cmbx|[-,]bd\b|sfbx|-medi", re.IGNORECASE)
_ITALIC = re.compile(r"ital|obli|cmti|cmmi|slant|cmsl|sfti", re.IGNORECASE)
# Beyond this many degrees from a quarter turn, writing counts as slanted; a synthetic oblique font reaches up to 20.
_SLANT_DEGREES = 28
_QUOTES = re.compile("[‘`]{2}|’’|''")
# Mathematical letters, which become plain letters where no equation was recognised.
_MATH_LETTERS = re.compile("[\U0001d400-\U0001d7ff]+")
_FORCE_BOLD, _ITALIC_FLAG = 1 << 18, 1 << 6
_INVISIBLE_MODE = 3
# In points; shorter lines are the bars of small fractions.
_MIN_RULING_LENGTH = 4.0


@dataclass(frozen=True, slots=True)
class _TextStyle:
    """Font name and style of a text object; ``scale`` is type size by height of the loose box."""

    font: str
    bold: bool
    italic: bool
    invisible: bool
    scale: float = 1.0


_PLAIN_STYLE = _TextStyle("", False, False, False)


@dataclass(frozen=True, slots=True)
class _Characters:
    """Code points, loose boxes in user space as (n, 4) of x0, y1, x1, y0, and indices in the text page."""

    codes: Ints
    boxes: Floats
    indices: Ints


def extract_layout(page: pdfium.PdfPage, read_names: Callable[[], LigatureNames] | None = None) -> PageLayout:
    """Extract the words (the whole layer, visible or not), drawn lines and image boxes of a page.

    Coordinates are points of the visible page: inside the visible box, after /Rotate, origin at the top left. Words
    outside the visible box are left out and counted in ``outside_share``; invisible words (a hidden OCR layer) are kept
    and counted in ``invisible_share``. Values of filled form fields count as words. Raises nothing of its own.
    ``read_names`` returns the ligatures that the page's fonts name; it is called only where pdfium does not know a
    character.
    """
    transform = PageTransform.from_page(page)
    rulings, images = read_drawings(page, transform)
    textpage = page.get_textpage()
    try:
        chars = _read_characters(textpage, read_names)
        words, shares = _build_words(textpage, chars, transform, rulings)
    finally:
        textpage.close()
    fields = read_widgets(page, transform)
    return PageLayout(
        width=transform.width,
        height=transform.height,
        words=(*words, *fields),
        rulings=tuple(ruling for ruling in rulings if max(ruling.box.width, ruling.box.height) >= _MIN_RULING_LENGTH),
        images=images,
        outside_share=shares[0],
        invisible_share=shares[1],
        unmapped_share=shares[2],
    )


def _read_characters(textpage: pdfium.PdfTextPage, read_names: Callable[[], LigatureNames] | None) -> _Characters:
    count = textpage.count_chars()
    raw = textpage.raw
    rects = (pdfium_c.FS_RECTF * max(count, 1))()
    loose, byref = pdfium_c.FPDFText_GetLooseCharBox, ctypes.byref
    for index in range(count):
        loose(raw, index, byref(rects[index]))
    boxes = np.frombuffer(rects, dtype=np.float32).reshape(-1, 4)[:count].astype(np.float64)
    codes = _read_codes(raw, count)
    decode_ligatures(codes, boxes, make_font_lookup(raw), read_names)
    paired = join_surrogate_pairs(codes)
    remains = compose_accents(codes, boxes) & ~paired
    reorder_arabic(codes, boxes, remains)
    keep = np.flatnonzero(remains)
    return _Characters(codes[keep], boxes[keep], keep)


def _read_codes(raw: Any, count: int) -> Ints:
    """Code points by character index: one call for the page if text and characters run in step, else one call each."""
    buffer = (ctypes.c_ushort * (count + 1))()
    written = pdfium_c.FPDFText_GetText(raw, 0, count, buffer) if count else 0
    codes: Ints = np.array(buffer[:count], dtype=np.int64)
    in_step = written == count + 1 and not bool(((codes >= 0xD800) & (codes < 0xE000)).any())
    if in_step:
        return codes
    unicode_of = pdfium_c.FPDFText_GetUnicode
    return np.array([int(unicode_of(raw, index)) for index in range(count)], dtype=np.int64)


def _merge_quotes(found: re.Match[str]) -> str:
    """Two single quotation marks that stand for a double one."""
    return "“" if found.group()[0] in "‘`" else "”"


def _build_words(
    textpage: pdfium.PdfTextPage, chars: _Characters, transform: PageTransform, rulings: Sequence[Ruling]
) -> tuple[list[Word], tuple[float, float, float]]:
    """Words, and the shares outside, invisible and unmapped; equations become words of LaTeX if the fonts indicate any."""
    ranges = find_word_ranges(chars.codes, chars.boxes)
    words, shares = _read_words(textpage, chars, transform, ranges)
    if not has_math_font({word.font for word in words}) or shares[1] > 0.5:
        return words, shares
    codes, indices = chars.codes.tolist(), chars.indices.tolist()
    formulas = find_formulas(textpage, codes, indices, transform, rulings)
    formulas = drop_incomplete_formulas(formulas, ranges, codes)
    if not formulas:
        return words, shares
    free, touching = split_ranges(ranges, formulas)

    def read(piece: tuple[int, int]) -> tuple[str, Box] | None:
        found, _ = _read_words(textpage, chars, transform, [piece])
        return (found[0].text, found[0].box) if found else None

    plain, _ = _read_words(textpage, chars, transform, free)
    return [*plain, *make_formula_words(formulas, touching, read)], shares


def _read_words(
    textpage: pdfium.PdfTextPage, chars: _Characters, transform: PageTransform, ranges: Iterable[tuple[int, int]]
) -> tuple[list[Word], tuple[float, float, float]]:
    styles = _TextStyleCache(textpage.raw)
    words: list[Word] = []
    boxes: list[Corners] = chars.boxes.tolist()
    codes_of, indices = chars.codes.tolist(), chars.indices.tolist()
    total = outside = invisible = unmapped = 0
    for start, stop in ranges:
        codes = codes_of[start:stop]
        text = clean_text("".join("-" if code in LINE_HYPHENS else chr(code) for code in codes)).strip()
        text = _QUOTES.sub(
            _merge_quotes, _MATH_LETTERS.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
        )
        if not text:
            continue
        total += len(text)
        unmapped += sum(1 for code in codes if code == 0xFFFD or 0xE000 <= code <= 0xF8FF)
        at = indices[start]
        style = styles.get(at)
        box, size, rotation = _locate_word(textpage.raw, boxes[start:stop], at, indices[stop - 1] + 1, transform)
        size *= style.scale
        if not transform.is_visible(box):
            outside += len(text)
            continue
        invisible += len(text) if style.invisible else 0
        words.append(Word(text, box, size, bold=style.bold, italic=style.italic, font=style.font, rotation=rotation))
    total = max(total, 1)
    return words, (outside / total, invisible / total, unmapped / total)


def _get_height(box: Corners) -> float:
    return box[1] - box[3]


def _locate_word(
    raw: Any, boxes: list[Corners], start: int, stop: int, transform: PageTransform
) -> tuple[Box, float, int]:
    """Box of a word on the page, its type size, and its writing direction in counter-clockwise degrees."""
    # pdfium measures the angle clockwise.
    degrees = -math.degrees(max(pdfium_c.FPDFText_GetCharAngle(raw, start), 0.0))
    quarter = round(degrees / 90) % 4
    slanted = abs(degrees - 90 * round(degrees / 90)) > _SLANT_DEGREES
    # The median height: a superscript must not make the word tall.
    left, top, right, bottom = sorted(boxes, key=_get_height)[(len(boxes) - 1) // 2]
    size = top - bottom if quarter % 2 == 0 else right - left
    if size <= 0.5:
        user, size = _measure_rotated_word(raw, start, stop, quarter)
    elif quarter == 0 and not slanted:
        user = (min(box[0] for box in boxes), bottom, max(box[2] for box in boxes), top)
    else:
        user = (
            min(box[0] for box in boxes),
            min(box[3] for box in boxes),
            max(box[2] for box in boxes),
            max(box[1] for box in boxes),
        )
    rotation = (round(degrees) if slanted else quarter * 90) - transform.rotate
    return transform.to_page_box(*user), size, rotation % 360


def _measure_rotated_word(
    raw: Any, start: int, stop: int, quarter: int
) -> tuple[tuple[float, float, float, float], float]:
    """Box in user space and type size of a word whose loose boxes are empty, from tight boxes and the baseline."""
    values = [ctypes.c_double() for _ in range(4)]
    left, right, bottom, top = values
    extent = [math.inf, math.inf, -math.inf, -math.inf]
    for index in range(start, stop):
        pdfium_c.FPDFText_GetCharBox(raw, index, *(ctypes.byref(value) for value in values))
        extent[0], extent[1] = min(extent[0], left.value), min(extent[1], bottom.value)
        extent[2], extent[3] = max(extent[2], right.value), max(extent[3], top.value)
    size = _measure_drawn_size(raw, start)
    if size <= 0.5:
        size = max(extent[3 - quarter % 2] - extent[1 - quarter % 2], 1.0)
    pdfium_c.FPDFText_GetCharOrigin(raw, start, ctypes.byref(left), ctypes.byref(bottom))
    x, y = left.value, bottom.value
    below, above = 0.22 * size, 0.78 * size
    sides = {
        0: (extent[0], y - below, extent[2], y + above),
        1: (x - above, extent[1], x + below, extent[3]),
        2: (extent[0], y - above, extent[2], y + below),
        3: (x - below, extent[1], x + above, extent[3]),
    }
    return sides[quarter], size


def _measure_drawn_size(raw: Any, index: int) -> float:
    matrix = pdfium_c.FS_MATRIX()
    if not pdfium_c.FPDFText_GetMatrix(raw, index, ctypes.byref(matrix)):
        return 0.0
    return float(pdfium_c.FPDFText_GetFontSize(raw, index)) * math.hypot(matrix.c, matrix.d)


def _measure_size_per_height(raw: Any, index: int) -> float:
    """Type size by height of the loose box, which reaches from the font's ascent to its descent."""
    rect = pdfium_c.FS_RECTF()
    pdfium_c.FPDFText_GetLooseCharBox(raw, index, ctypes.byref(rect))
    angle = pdfium_c.FPDFText_GetCharAngle(raw, index)
    sideways = round(math.degrees(max(angle, 0.0)) / 90) % 2 == 1
    height = rect.right - rect.left if sideways else rect.top - rect.bottom
    scale = _measure_drawn_size(raw, index) / height if height > 0.5 else 1.0
    return scale if 0.5 <= scale <= 1.6 else 1.0


class _TextStyleCache:
    """Styles by text object, each read from pdfium once."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._objects: dict[int, _TextStyle] = {}
        self._fonts: dict[int, tuple[str, bool, bool, float]] = {}

    def get(self, index: int) -> _TextStyle:
        handle = pdfium_c.FPDFText_GetTextObject(self._raw, index)
        if not handle:
            return _PLAIN_STYLE
        address = ctypes.addressof(handle.contents)
        style = self._objects.get(address)
        if style is None:
            name, bold, italic, scale = self._read_font(pdfium_c.FPDFTextObj_GetFont(handle), index)
            mode = pdfium_c.FPDFTextObj_GetTextRenderMode(handle)
            style = self._objects[address] = _TextStyle(name, bold, italic, mode == _INVISIBLE_MODE, scale)
        return style

    def _read_font(self, font: Any, index: int) -> tuple[str, bool, bool, float]:
        if not font:
            return "", False, False, 1.0
        address = ctypes.addressof(font.contents)
        if address not in self._fonts:
            name = clean_text(read_font_name(font))
            flags = pdfium_c.FPDFFont_GetFlags(font)
            bold = bool(_BOLD.search(name)) or pdfium_c.FPDFFont_GetWeight(font) >= 600 or bool(flags & _FORCE_BOLD > 0)
            italic = bool(_ITALIC.search(name)) or (flags > 0 and bool(flags & _ITALIC_FLAG))
            self._fonts[address] = (name, bold, italic, _measure_size_per_height(self._raw, index))
        return self._fonts[address]
