"""Trim a run: remove punctuation of the sentence around it, numbers that merely stand near, and unpaired brackets."""

from __future__ import annotations

from olmocr_core.pdf.formulas.glyphs import Glyph
from olmocr_core.pdf.formulas.runs import GlyphRun

# Maximum length of an equation number in characters, and the gap before it in type sizes.
_MAX_NUMBER_CHARS, _NUMBER_GAP = 7, 1.8


def trim_run(run: GlyphRun) -> GlyphRun:
    """Trim a run to its first and last glyph that count; unpaired brackets at the ends are removed."""
    before = -1
    while before != len(run):
        before = len(run)
        run = _trim_end(_trim_start(run))
    return run


def remove_equation_numbers(run: GlyphRun) -> GlyphRun:
    """Remove equation numbers such as ``(4.2)``, far from everything else at the same height."""
    gone: set[int] = set()
    for at, glyph in enumerate(run):
        if glyph.char != "(":
            continue
        stop = at + 1
        while stop < len(run) and (run[stop].char.isalnum() or run[stop].char == ".") and stop - at < _MAX_NUMBER_CHARS:
            stop += 1
        if stop < len(run) and stop - at > 1 and run[stop].char == ")" and _is_apart(run, at, stop):
            gone.update(range(at, stop + 1))
    return [glyph for at, glyph in enumerate(run) if at not in gone]


def _is_apart(run: GlyphRun, at: int, stop: int) -> bool:
    number, size = run[at : stop + 1], run[at].size
    if not any(glyph.char.isdigit() for glyph in number):
        return False
    others = [*run[:at], *run[stop + 1 :]]
    left, right = run[at].box.x0, run[stop].box.x1
    level = [g for g in others if abs(g.box.center[1] - run[at].box.center[1]) < 3 * size]
    return all(g.box.x1 < left - _NUMBER_GAP * size for g in level) or all(
        g.box.x0 > right + _NUMBER_GAP * size for g in level
    )


def _trim_start(run: GlyphRun) -> GlyphRun:
    while run and not _may_start(run):
        run = run[1:]
    return run


def _may_start(run: GlyphRun) -> bool:
    first = run[0]
    if first.is_distinctive or first.kind == "radical" or (first.tex or "").startswith("\\"):
        return first.kind not in ("close", "punct") and not _is_unpaired(first, run)
    if first.kind == "open":
        return not _is_unpaired(first, run)
    if first.kind in ("close", "punct"):
        return False
    if is_list_number(run):
        return False
    if first.char.isdigit():
        return _begins_term(run)
    return first.letter or first.kind in ("rel", "bin", "accent") or first.tex == "|"


def is_list_number(run: GlyphRun) -> bool:
    """Whether a run begins with a list number such as ``12.`` and a gap after it."""
    at = 0
    while at < len(run) and at < 4 and run[at].char.isdigit():
        at += 1
    return 0 < at < len(run) - 1 and run[at].char in ".)" and _measure_gap(run, at) > 0.25


def _begins_term(run: GlyphRun) -> bool:
    """Whether a number at the start continues as a term: something touches it, or an operator follows."""
    at = 0
    while (
        at + 1 < len(run) and (run[at + 1].char.isdigit() or run[at + 1].char in ".,") and _measure_gap(run, at) < 0.1
    ):
        at += 1
    if at + 1 >= len(run):
        return False
    after = run[at + 1]
    return run[at].char.isdigit() and (after.kind in ("rel", "bin") or _measure_gap(run, at) < 0.3)


def _trim_end(run: GlyphRun) -> GlyphRun:
    while run and not _may_end(run):
        run = run[:-1]
    return run


def _may_end(run: GlyphRun) -> bool:
    last = run[-1]
    if _is_ellipsis(run[-3:]):
        return True
    if last.kind in ("punct", "open") or (last.kind == "close" and _is_unpaired(last, run)):
        return False
    if last.char in "-–—":
        return False
    if last.char.isdigit() and not last.math:
        at = len(run) - 1
        while at > 0 and (run[at].char.isdigit() or run[at].char in ".,") and _measure_gap(run, at - 1) < 0.1:
            at -= 1
        return at > 0 or (len(run) > 1 and _measure_gap(run, 0) < 0.3)
    if last.letter and not last.math and len(run) > 1:
        return _measure_gap(run, len(run) - 2) < 0.6 or run[-2].kind in ("rel", "bin")
    return True


def _is_ellipsis(run: GlyphRun) -> bool:
    """Whether three dots stand apart on one line, as TeX sets them."""
    level = all(glyph.char == "." and abs(glyph.base - run[0].base) < 0.1 for glyph in run)
    return len(run) == 3 and level and all(0.05 < _measure_gap(run, at) < 0.6 for at in (0, 1))


def _measure_gap(run: GlyphRun, at: int) -> float:
    """The gap after a glyph, in type sizes."""
    return (run[at + 1].box.x0 - run[at].box.x1) / max(run[at].size, 1.0)


def _is_unpaired(bracket: Glyph, run: GlyphRun) -> bool:
    """Whether a bracket's partner is missing; the partner of tall brackets and of intervals may be of another kind."""
    openers = sum(glyph.kind == "open" for glyph in run)
    closers = sum(glyph.kind == "close" for glyph in run)
    if bracket.kind == "open":
        return openers > closers and bracket.box.height < 1.3 * bracket.size
    if bracket.kind == "close":
        return closers > openers and bracket.box.height < 1.3 * bracket.size
    return False
