"""Displayed lines with several parts: equations side by side, and the few words between them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from olmocr_core.pdf.formulas.glyphs import Glyph
from olmocr_core.pdf.formulas.names import JOINING_WORDS
from olmocr_core.pdf.formulas.runs import GlyphRun, find_glyph_runs

_MAX_WORDS = 6
# Gap between equations of one line, in type sizes.
_MAX_GAP = 5.0
_BESIDE_GAP = 2.5
_MAX_NAME_CHARS = 25


def join_displays(glyphs: Sequence[Glyph | None], prose: Sequence[bool]) -> tuple[list[bool], frozenset[int]]:
    """Join the parts of displayed lines.

    Returns ``prose`` without the words inside of displayed lines, and the indices of glyphs that continue a line after
    a gap or after such words.
    """
    flags, joined = list(prose), set[int]()
    words = [glyph for glyph, flag in zip(glyphs, prose, strict=True) if flag and glyph is not None]
    for line in _group_into_lines(list(find_glyph_runs(glyphs, prose)), glyphs):
        lead = _find_leading_name(line[0], glyphs, prose)
        if lead and not _has_words_beside([[*lead, *line[0]], *line[1:]], words):
            for glyph in lead:
                flags[glyph.index] = False
            joined.update(glyph.index for glyph in [*lead[1:], line[0][0]])
        if len(line) < 2 or _has_words_beside(line, words):
            continue
        for one, other in pairwise(line):
            between = [at for at in range(one[-1].index + 1, other[0].index) if glyphs[at] is not None]
            for at in between:
                flags[at] = False
            joined.update([*between, other[0].index])
    return flags, frozenset(joined)


def _find_leading_name(run: GlyphRun, glyphs: Sequence[Glyph | None], prose: Sequence[bool]) -> list[Glyph]:
    """The words whose value a displayed line gives: ``AIC = ...``."""
    if run[0].kind != "rel" or run[0].char == ":":
        return []
    lead: list[Glyph] = []
    for at in range(run[0].index - 1, max(run[0].index - _MAX_NAME_CHARS, -1), -1):
        glyph = glyphs[at]
        if glyph is None:
            continue
        if not prose[at] or abs(glyph.base - run[0].base) > 0.1 * run[0].size:
            break
        lead.insert(0, glyph)
    return lead if lead and lead[0].box.x0 < run[0].box.x0 and lead[0].char.isalpha() else []


def _group_into_lines(runs: Sequence[GlyphRun], glyphs: Sequence[Glyph | None]) -> list[list[GlyphRun]]:
    """Group runs that continue one line, with nothing but gaps and joining words between them."""
    lines: list[list[GlyphRun]] = []
    for run in runs:
        if not lines or not _continues_line(lines[-1][-1], run, glyphs):
            lines.append([run])
        elif len(lines[-1]) > 1 and not _is_level(lines[-1][-1][0], run[0]):
            # A run may begin in one line and end in the next.
            lines.append([lines[-1][-1], run])
        else:
            lines[-1].append(run)
    return lines


def _is_level(one: Glyph, other: Glyph) -> bool:
    return abs(one.box.center[1] - other.box.center[1]) < 1.2 * max(one.size, other.size)


def _continues_line(one: GlyphRun, other: GlyphRun, glyphs: Sequence[Glyph | None]) -> bool:
    between = [glyph for glyph in glyphs[one[-1].index + 1 : other[0].index] if glyph is not None]
    words = "".join(glyph.char if glyph else " " for glyph in glyphs[one[-1].index + 1 : other[0].index]).split()
    letters = [word.strip(",.;") for word in words if any(char.isalpha() for char in word)]
    if len(words) > _MAX_WORDS or not all(word.lower() in JOINING_WORDS for word in letters):
        return False
    chain = [_find_rightmost(one, (between or other)[0]), *between, other[0]]
    size = max(glyph.size for glyph in one)
    return all(_follows(left, right, size) for left, right in pairwise(chain))


def _find_leftmost(run: GlyphRun, level: Glyph) -> Glyph:
    """The first glyph of a run at the height of another; the end of a sentence may stand above."""
    return min((g for g in run if _is_level(g, level)), key=lambda g: g.box.x0, default=run[0])


def _find_rightmost(run: GlyphRun, level: Glyph) -> Glyph:
    """The glyph of a run that reaches furthest right at the height of another; the limits of sums are lower."""
    return max((g for g in run if _is_level(g, level)), key=lambda g: g.box.x1, default=run[-1])


def _follows(left: Glyph, right: Glyph, size: float) -> bool:
    return -0.5 * size < right.box.x0 - left.box.x1 < _MAX_GAP * size and _is_level(left, right)


def _has_words_beside(line: Sequence[GlyphRun], words: Sequence[Glyph]) -> bool:
    """Whether a sentence continues to the left or right of a line."""
    inside = range(line[0][0].index, line[-1][-1].index + 1)
    size = max(glyph.size for glyph in line[0])
    first, last = _find_leftmost(line[0], line[-1][0]), _find_rightmost(line[-1], line[-1][0])
    return any(
        word.index not in inside
        and (
            (abs(word.base - first.base) < 0.6 * size and -0.5 < first.box.x0 - word.box.x1 < _BESIDE_GAP * size)
            or (abs(word.base - last.base) < 0.6 * size and -0.5 < word.box.x0 - last.box.x1 < _BESIDE_GAP * size)
        )
        for word in words
    )
