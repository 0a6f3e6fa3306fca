"""Where equations stand on a scan, and which of the words that were read they take the place of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from olmocr_core.geometry import Box, Word
from olmocr_core.ocr.formulas.ink import Blob, around, find_blobs
from olmocr_core.ocr.formulas.latex import latex_of
from olmocr_core.ocr.formulas.leaves import Piece, read_leaves
from olmocr_core.ocr.formulas.prose import is_name, prose_of
from olmocr_core.ocr.formulas.tree import Fraction, Leaf, Node, Root, build
from olmocr_core.ocr.lexicon import Lexicon
from olmocr_core.ocr.models import Pixels
from olmocr_core.ocr.recognise import Recogniser
from olmocr_core.ocr.words import scaled

MATH = "math"
_SURE = 0.7
_NAME_SURE = 0.85


@dataclass(frozen=True, slots=True)
class _Found:
    """An equation, where it stands in pixels."""

    latex: str
    box: Box
    confidence: float


def with_formulas(
    words: Sequence[Word], image: Pixels, size: float, scale: float, reader: Recogniser, lexicon: Lexicon
) -> list[Word]:
    """The words with LaTeX in place of those that stand where a displayed equation does.

    Words are in pixels of the page as it was read, ``size`` is that of its type in the same; ``image`` shows the page
    ``scale`` times as large, for scripts are small.
    """
    large = [scaled(word, scale) for word in words]
    prose = prose_of(large, lexicon)
    found = [formula for formula in _equations(prose, image, size * scale, reader) if not _hides_names(formula, large)]
    kept = [word for word in words if not any(_covers(formula.box, scaled(word, scale).box) for formula in found)]
    line = max((word.line for word in words), default=0)
    for number, formula in enumerate(found, start=line + 1):
        kept.append(scaled(_word(formula, prose, size * scale, number), 1 / scale))
    return kept


def _word(formula: _Found, prose: Sequence[Word], size: float, line: int) -> Word:
    """A formula as a word: in its sentence where text stands beside it, else on a line of its own."""
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


def _equations(prose: Sequence[Word], image: Pixels, size: float, reader: Recogniser) -> Iterator[_Found]:
    blobs = [blob for blob in find_blobs(image, size) if not any(_holds(word.box, blob.box) for word in prose)]
    runs = [run for row in _rows(blobs, size) for run in _runs(row, prose, size)]
    trees = [build(run, size) for run in runs]
    leaves = [leaf for tree in trees for leaf in _leaves(tree)]
    read = {id(leaf): pieces for leaf, pieces in zip(leaves, read_leaves(reader, image, leaves, size), strict=True)}
    for run, tree in zip(runs, trees, strict=True):
        if formula := _formula(tree, around(run), read):
            yield formula


def _holds(box: Box, blob: Box) -> bool:
    x, y = blob.center
    edge = 0.12 * box.height
    return (
        box.x0 - edge <= x <= box.x1 + edge and box.y0 - edge <= y <= box.y1 + edge and blob.height < 1.6 * box.height
    )


def _rows(blobs: Sequence[Blob], size: float) -> Iterator[list[Blob]]:
    """Blobs in bands across the page with white above and below."""
    row: list[Blob] = []
    bottom = 0.0
    for blob in sorted(blobs, key=lambda blob: blob.box.y0):
        if row and blob.box.y0 > bottom + 0.3 * size:
            yield row
            row = []
        bottom = max(bottom, blob.box.y1) if row else blob.box.y1
        row.append(blob)
    if row:
        yield row


def _runs(row: Sequence[Blob], prose: Sequence[Word], size: float) -> Iterator[list[Blob]]:
    """A row cut at words of text and at gaps between columns, left to right."""
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


def _leaves(nodes: Sequence[Node]) -> Iterator[Leaf]:
    for node in nodes:
        if isinstance(node, Leaf):
            yield node
        elif isinstance(node, Fraction):
            yield from _leaves(node.over)
            yield from _leaves(node.under)
        elif isinstance(node, Root):
            yield from _leaves(node.inside)


def _formula(tree: Sequence[Node], box: Box, read: dict[int, list[Piece]]) -> _Found | None:
    """What a tree says, if it is an equation and was read with confidence."""
    said = [piece for leaf in _leaves(tree) for piece in read[id(leaf)]]
    latex = latex_of(tree, read)
    if not latex or not said or fmean(piece.confidence for piece in said) < _SURE:
        return None
    telling = "=" in latex or any(isinstance(node, Fraction) for node in tree)
    symbols = re.findall(r"\\[a-z]+|\w", latex)
    spelled = re.search(r"(?:\b[A-Za-z] ){2}[A-Za-z]\b", latex) and not re.search(r"\d|[_^]|\\frac", latex)
    if not telling or spelled or len(symbols) < 3:
        return None
    return _Found(latex.rstrip(" .,;"), box, fmean(piece.confidence for piece in said))


def _hides_names(formula: _Found, words: Sequence[Word]) -> bool:
    """Whether a word of some length, a name perhaps, was read where an equation is said to stand."""
    return any(_covers(formula.box, word.box) and word.confidence > _NAME_SURE and is_name(word) for word in words)


def _covers(box: Box, word: Box) -> bool:
    x, y = word.center
    return box.x0 - 2 <= x <= box.x1 + 2 and box.y0 - 2 <= y <= box.y1 + 2
