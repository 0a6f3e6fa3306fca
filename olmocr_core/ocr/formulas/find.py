"""Find equations on a scan, and the words that each replaces."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from statistics import fmean

import numpy as np

from olmocr_core.domain.geometry import Box, Word
from olmocr_core.ocr.formulas.connected_components import Blob, bounding_box, find_blobs, is_bar, is_dot
from olmocr_core.ocr.formulas.latex import render_nodes
from olmocr_core.ocr.formulas.prose import find_prose, is_name
from olmocr_core.ocr.formulas.recognise_rows import RecognisedSpan, recognise_rows
from olmocr_core.ocr.formulas.tree import Fraction, Node, Root, Sign, SymbolRow, build_tree, is_equals_sign
from olmocr_core.ocr.lexicon import Lexicon
from olmocr_core.ocr.models import Pixels
from olmocr_core.ocr.recognise import Recogniser
from olmocr_core.ocr.words import scale_word

MATH = "math"
_MIN_CONFIDENCE = 0.7
# A picture is one run of thousands of components; no equation is.
_MIN_BLOBS, _MAX_BLOBS, _MAX_SYMBOL_ROWS = 3, 300, 600
_NAME_CONFIDENCE = 0.85


@dataclass(frozen=True, slots=True)
class _Equation:
    """A recognised equation and its box in pixels."""

    latex: str
    box: Box
    confidence: float


def insert_formulas(
    words: Sequence[Word], image: Pixels, size: float, scale: float, reader: Recogniser, lexicon: Lexicon
) -> list[Word]:
    """Replace the words at the place of a displayed equation by its LaTeX.

    Words, and the type size ``size``, are in pixels of the page as it was read; ``image`` shows the page ``scale``
    times as large, because scripts are small.
    """
    large = [scale_word(word, scale) for word in words]
    prose = find_prose(large, lexicon)
    found = [
        formula for formula in _find_equations(prose, image, size * scale, reader) if not _hides_names(formula, large)
    ]
    kept = [word for word in words if not any(_covers(formula.box, scale_word(word, scale).box) for formula in found)]
    line = max((word.line for word in words), default=0)
    for number, formula in enumerate(found, start=line + 1):
        kept.append(scale_word(_make_word(formula, prose, size * scale, number), 1 / scale))
    return kept


def _make_word(formula: _Equation, prose: Sequence[Word], size: float, line: int) -> Word:
    """An equation as a word: in its sentence if text stands beside it, else on a line of its own."""
    sure = round(formula.confidence, 4)
    beside = [word for word in prose if _is_beside(word, formula.box, size)]
    if not beside:
        return Word(rf"\[{formula.latex}\]", formula.box, size, font=MATH, confidence=sure, line=line)
    nearest = min(beside, key=lambda word: min(abs(word.box.x1 - formula.box.x0), abs(word.box.x0 - formula.box.x1)))
    box = Box(formula.box.x0, nearest.box.y0, formula.box.x1, nearest.box.y1)
    return Word(rf"\({formula.latex}\)", box, nearest.size, font=MATH, confidence=sure, line=nearest.line)


def _is_beside(word: Word, box: Box, size: float) -> bool:
    level = box.y0 - 0.3 * size < word.box.center[1] < box.y1 + 0.3 * size
    return level and (-size < box.x0 - word.box.x1 < 3 * size or -size < word.box.x0 - box.x1 < 3 * size)


def _find_equations(prose: Sequence[Word], image: Pixels, size: float, reader: Recogniser) -> Iterator[_Equation]:
    blobs = _exclude_prose(find_blobs(image, size), prose, image.shape[:2])
    runs = [
        run
        for row in _group_into_rows(blobs, size)
        for run in _split_row(row, prose, size)
        if _MIN_BLOBS <= len(run) <= _MAX_BLOBS
    ]
    trees = [(run, tree) for run in runs if _looks_like_equation(tree := build_tree(run, size), size)]
    symbol_rows = [symbol_row for _, tree in trees for symbol_row in _iter_symbol_rows(tree)][:_MAX_SYMBOL_ROWS]
    read = {
        id(symbol_row): pieces
        for symbol_row, pieces in zip(symbol_rows, recognise_rows(reader, image, symbol_rows, size), strict=True)
    }
    for run, tree in trees:
        if all(id(symbol_row) in read for symbol_row in _iter_symbol_rows(tree)) and (
            formula := _build_equation(tree, bounding_box(run), read)
        ):
            yield formula


def _exclude_prose(blobs: Sequence[Blob], prose: Sequence[Word], shape: tuple[int, ...]) -> list[Blob]:
    """The blobs outside of words; a bar or brace extends beyond the words that it stands between."""
    heights = np.zeros(shape, np.float32)
    for word in prose:
        box, edge = word.box, 0.12 * word.box.height
        left, top = max(0, round(box.x0 - edge)), max(0, round(box.y0 - edge))
        heights[top : round(box.y1 + edge), left : max(0, round(box.x1 + edge))] = box.height
    return [blob for blob in blobs if blob.box.height >= 1.6 * heights[int(blob.middle), int(blob.box.center[0])]]


def _looks_like_equation(tree: Sequence[Node], size: float) -> bool:
    """Whether a run holds a fraction or an equals sign, and so is worth reading."""
    for node in tree:
        if isinstance(node, Fraction) or (isinstance(node, Sign) and node.text == "="):
            return True
        bars = [blob for blob in node.blobs if is_bar(blob, size)] if isinstance(node, SymbolRow) else []
        if any(is_equals_sign(one, other, size) for one, other in combinations(bars, 2)):
            return True
    return False


def _group_into_rows(blobs: Sequence[Blob], size: float) -> Iterator[list[Blob]]:
    """Group blobs into bands across the page with white above and below; specks do not form bands."""
    bands: list[list[Blob]] = []
    bottom = 0.0
    for blob in sorted((blob for blob in blobs if not is_dot(blob, size)), key=lambda blob: blob.box.y0):
        if not bands or blob.box.y0 > bottom + 0.3 * size:
            bands.append([])
            bottom = blob.box.y1
        bottom = max(bottom, blob.box.y1)
        bands[-1].append(blob)
    dots = [blob for blob in blobs if is_dot(blob, size)]
    for band in bands:
        box, edge = bounding_box(band), 0.15 * size
        yield [*band, *(dot for dot in dots if box.y0 - edge < dot.middle < box.y1 + edge)]


def _split_row(row: Sequence[Blob], prose: Sequence[Word], size: float) -> Iterator[list[Blob]]:
    """Split a row at words of text and at gaps between columns, left to right."""
    ordered = sorted(row, key=lambda blob: blob.box.x0)
    top, bottom = min(blob.box.y0 for blob in row), max(blob.box.y1 for blob in row)
    between = [word.box for word in prose if top < word.box.center[1] < bottom]
    run, right = [ordered[0]], ordered[0].box.x1
    for _, blob in pairwise(ordered):
        cut = any(
            right - size < box.center[0] < blob.box.x0 + 0.5 * size and box.center[0] > run[0].box.x0 for box in between
        )
        if cut or blob.box.x0 - right > 6 * size:
            yield run
            run, right = [], blob.box.x1
        run.append(blob)
        right = max(right, blob.box.x1)
    yield run


def _iter_symbol_rows(nodes: Sequence[Node]) -> Iterator[SymbolRow]:
    for node in nodes:
        if isinstance(node, SymbolRow):
            yield node
        elif isinstance(node, Fraction):
            yield from _iter_symbol_rows(node.over)
            yield from _iter_symbol_rows(node.under)
        elif isinstance(node, Root):
            yield from _iter_symbol_rows(node.inside)


def _build_equation(tree: Sequence[Node], box: Box, read: dict[int, list[RecognisedSpan]]) -> _Equation | None:
    """The equation of a tree, if it is one and was read with confidence."""
    spans = [piece for symbol_row in _iter_symbol_rows(tree) for piece in read[id(symbol_row)]]
    latex = render_nodes(tree, read)
    if not latex or not spans or fmean(piece.confidence for piece in spans) < _MIN_CONFIDENCE:
        return None
    telling = "=" in latex or any(isinstance(node, Fraction) for node in tree)
    symbols = re.findall(r"\\[a-z]+|\w", latex)
    spelled = re.search(r"(?:\b[A-Za-z] ){2}[A-Za-z]\b", latex) and not re.search(r"\d|[_^]|\\frac", latex)
    if not telling or spelled or len(symbols) < 3:
        return None
    return _Equation(latex.rstrip(" .,;"), box, fmean(piece.confidence for piece in spans))


def _hides_names(formula: _Equation, words: Sequence[Word]) -> bool:
    """Whether a longer word, perhaps a name, was read at the place of the equation."""
    return any(
        _covers(formula.box, word.box) and word.confidence > _NAME_CONFIDENCE and is_name(word) for word in words
    )


def _covers(box: Box, word: Box) -> bool:
    x, y = word.center
    return box.x0 - 2 <= x <= box.x1 + 2 and box.y0 - 2 <= y <= box.y1 + 2
