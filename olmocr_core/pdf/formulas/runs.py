"""Glyph runs: stretches of a page's characters, in text order, that belong to one equation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from olmocr_core.pdf.formulas.glyphs import Glyph
from olmocr_core.pdf.formulas.names import FUNCTIONS, LIMIT_FUNCTIONS

GlyphRun = list[Glyph]
_OTHER_NAMES = """
Tr tr rank diag sgn sign mod Hom End Aut Ext Tor Spec Ann id Re Im Var Cov span supp vol dist
"""
_NAMES = FUNCTIONS | LIMIT_FUNCTIONS | frozenset(_OTHER_NAMES.split())
# Two italic letters may be a product; these are words of an emphasised sentence.
_ENGLISH = "am an as at be by do go he if in is it me my no of on or so to up us we"
_SHORT_WORDS = frozenset(f"{_ENGLISH} de la le un et en du il al zu im ob es".split())
_SCRIPT_RATIO = 0.86
_MAX_PROSE_SHARE = 0.2
_LONG_WORD, _LONG_INDEX = 4, 14
_LOOK_BACK = 25
_LOOK_AHEAD = 300


def find_glyph_runs(
    glyphs: Sequence[Glyph | None], prose: Sequence[bool], joined: Collection[int] = frozenset()
) -> Iterator[GlyphRun]:
    """Yield runs that contain a distinctive glyph; ``prose`` is what `flag_prose` returns.

    A gap does not end a run before glyphs in ``joined``.
    """
    held = _find_cases(glyphs) | set(joined)
    running: GlyphRun = []
    for at, glyph in enumerate(glyphs):
        if glyph is None:
            continue
        if prose[at] or (running and at not in held and _is_far_apart(running[-1], glyph)):
            yield from _keep_if_math(running)
            running = []
        if not prose[at]:
            running.append(glyph)
    yield from _keep_if_math(running)


def _keep_if_math(run: GlyphRun) -> Iterator[GlyphRun]:
    if any(glyph.is_distinctive for glyph in run):
        yield run


def _is_far_apart(last: Glyph, glyph: Glyph) -> bool:
    """Whether the next glyph is too far away to belong to the same equation."""
    size = max(last.size, glyph.size)
    gap = glyph.box.x0 - last.box.x1
    if abs(glyph.base - last.base) < 0.5 * size:
        digits = last.char.isdigit() or glyph.char.isdigit()
        bound = last.kind in ("rel", "bin", "op") or glyph.kind in ("rel", "bin", "op")
        return gap > (1.2 if digits and not bound else 2.2) * size or gap < -4 * size
    return abs(glyph.base - last.base) > 5 * size or gap > 12 * size


def flag_prose(glyphs: Sequence[Glyph | None]) -> list[bool]:
    """Flag the characters that are letters of words outside of equations."""
    flags = [False] * len(glyphs)
    text_fonts = _find_text_fonts(glyphs)
    last: Glyph | None = None
    for word in _iter_words(glyphs):
        first = glyphs[word[0]]
        assert first is not None
        text = "".join(glyph.char for at in word if (glyph := glyphs[at]) is not None)
        math = first.math and first.font not in text_fonts
        body = _measure_local_size(glyphs, word[0])
        goes_on = last is not None and not flags[last.index] and _is_near(last, first)
        small = goes_on and first.size < _SCRIPT_RATIO * body and len(text) <= _LONG_WORD
        named = not first.italic and _is_function_name(glyphs, word[-1])
        if (
            not math
            and not named
            and not small
            and text not in _NAMES
            and not _may_be_variable(glyphs, word, text, last, body)
        ):
            for at in word:
                flags[at] = True
        last = glyphs[word[-1]]
    for at in _find_cases(glyphs):
        flags[at] = False
    return flags


def _find_cases(glyphs: Sequence[Glyph | None]) -> frozenset[int]:
    """Indices of what stands beside a tall brace: its cases, words included."""
    held: set[int] = set()
    for at, brace in enumerate(glyphs):
        if brace is not None and brace.tex == r"\{" and brace.math and brace.box.height > 1.5 * brace.size:
            held.update(_iter_beside_brace(glyphs, at, brace))
    return frozenset(held)


def _iter_beside_brace(glyphs: Sequence[Glyph | None], at: int, brace: Glyph) -> Iterator[int]:
    bottom = brace.box.y1
    for after in range(at + 1, min(at + _LOOK_AHEAD, len(glyphs))):
        glyph = glyphs[after]
        if glyph is None:
            continue
        if abs(glyph.box.center[0] - brace.box.center[0]) < 1:
            bottom = max(bottom, glyph.box.y1)
            continue
        ends = glyph.kind == "close" and glyph.box.height > 1.5 * glyph.size
        if ends or glyph.box.x0 < brace.box.x1 - 1 or not brace.box.y0 - 3 < glyph.base < bottom + 3:
            return
        yield after


def _is_function_name(glyphs: Sequence[Glyph | None], at: int) -> bool:
    """Whether a bracket or a subscript touches the end of a word, as after a function's name."""
    last = glyphs[at]
    after = next((glyph for glyph in glyphs[at + 1 : at + 7] if glyph is not None), None)
    if last is None or after is None or (after.kind != "open" and not _is_subscript(after, last)):
        return False
    beside = -0.1 < (after.box.x0 - last.box.x1) / last.size < 0.3
    return beside and after.box.y0 - 2 < last.base < after.box.y1 + 2


def _is_subscript(after: Glyph, last: Glyph) -> bool:
    """Whether a letter of an equation hangs below a word; a number there may mark a footnote."""
    return after.is_distinctive and after.size < _SCRIPT_RATIO * last.size and after.base > last.base + 0.06 * last.size


def _is_near(last: Glyph, first: Glyph) -> bool:
    level = abs(last.base - first.base) < 0.6 * last.size
    return level and -last.size < first.box.x0 - last.box.x1 < 0.6 * last.size and last.size < 1.2 * first.size


def _measure_local_size(glyphs: Sequence[Glyph | None], at: int) -> float:
    """The largest type size of the characters just before, without sums and the like, in points."""
    before = glyphs[max(at - _LOOK_BACK, 0) : at]
    return max((glyph.size for glyph in before if glyph is not None and glyph.kind != "op"), default=0.0)


def _may_be_variable(
    glyphs: Sequence[Glyph | None], word: Sequence[int], text: str, last: Glyph | None, body: float
) -> bool:
    """Whether a word in a text font is a variable, or a name in a script."""
    first = glyphs[word[0]]
    assert first is not None
    before = glyphs[word[0] - 1] if word[0] else None
    after = glyphs[word[-1] + 1] if word[-1] + 1 < len(glyphs) else None
    if (
        before is not None
        and first.size < _SCRIPT_RATIO * before.size
        and abs(first.base - before.base) > 0.06 * before.size
    ):
        return len(text) <= _LONG_INDEX
    if last is not None and before is None and first.size < _SCRIPT_RATIO * last.size and last.is_distinctive:
        return len(text) <= 3
    if first.italic and before is not None and first.size < _SCRIPT_RATIO * body and len(text) <= 4:
        return True
    if len(text) == 2 and first.italic:
        return text.lower() not in _SHORT_WORDS
    if len(text) > 1:
        return False
    if first.greek:
        return True
    if first.italic or first.bold:
        return True
    return not (before is None and after is None)


def _find_text_fonts(glyphs: Sequence[Glyph | None]) -> frozenset[str]:
    """Fonts with a math font's name that set whole words: the text fonts of a book that uses only such fonts."""
    letters: Counter[str] = Counter()
    in_words: Counter[str] = Counter()
    for word in _iter_words(glyphs):
        first = glyphs[word[0]]
        if first is not None and first.math:
            letters[first.font] += len(word)
            in_words[first.font] += len(word) if len(word) >= _LONG_WORD else 0
    return frozenset(font for font, count in letters.items() if in_words[font] > _MAX_PROSE_SHARE * count)


def _iter_words(glyphs: Sequence[Glyph | None]) -> Iterator[list[int]]:
    """Yield the indices of letters that touch, in one font, on one baseline."""
    word: list[int] = []
    for at, (before, glyph) in enumerate(pairwise([None, *glyphs])):
        if glyph is None or not glyph.letter:
            if word:
                yield word
            word = []
            continue
        if word and before is not None and not _are_touching(before, glyph):
            yield word
            word = []
        word.append(at)
    if word:
        yield word


def _are_touching(one: Glyph, other: Glyph) -> bool:
    # Kerned letters overlap a little; letters above one another overlap a lot.
    gap = other.box.x0 - one.box.x1
    level = abs(one.base - other.base) < 0.05 * one.size and abs(one.size - other.size) < 0.1 * one.size
    return one.font == other.font and level and -0.4 * one.size < gap < 0.25 * one.size
