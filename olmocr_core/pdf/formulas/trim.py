"""A run without what belongs to the sentence around it: punctuation, numbers that only stand near, lone brackets."""

from __future__ import annotations

from olmocr_core.pdf.formulas.glyphs import Glyph
from olmocr_core.pdf.formulas.runs import Run

_PAIRS = {"(": ")", "[": "]", r"\{": r"\}"}


def trim(run: Run) -> Run:
    """The run from its first glyph that counts to its last; brackets without a partner at the ends go."""
    before = -1
    while before != len(run):
        before = len(run)
        run = _trim_end(_trim_start(run))
    return run


def _trim_start(run: Run) -> Run:
    while run and not _may_start(run):
        run = run[1:]
    return run


def _may_start(run: Run) -> bool:
    first = run[0]
    if first.strong or first.kind == "radical" or (first.tex or "").startswith("\\"):
        return first.kind not in ("close", "punct") and not _is_lone(first, run)
    if first.kind == "open":
        return not _is_lone(first, run)
    if first.kind in ("close", "punct"):
        return False
    if is_list_number(run):
        return False
    if first.char.isdigit():
        return _leads_on(run)
    return first.letter or first.kind in ("rel", "bin", "accent") or first.tex == "|"


def is_list_number(run: Run) -> bool:
    """Whether a run begins as ``12.`` does, with white after it."""
    at = 0
    while at < len(run) and at < 4 and run[at].char.isdigit():
        at += 1
    return 0 < at < len(run) - 1 and run[at].char in ".)" and _gap(run, at) > 0.25


def _leads_on(run: Run) -> bool:
    """Whether a number at the start goes on as a term: something touches it, or a sign follows."""
    at = 0
    while at + 1 < len(run) and (run[at + 1].char.isdigit() or run[at + 1].char in ".,") and _gap(run, at) < 0.1:
        at += 1
    if at + 1 >= len(run):
        return False
    after = run[at + 1]
    return run[at].char.isdigit() and (after.kind in ("rel", "bin") or _gap(run, at) < 0.3)


def _trim_end(run: Run) -> Run:
    while run and not _may_end(run):
        run = run[:-1]
    return run


def _may_end(run: Run) -> bool:
    last = run[-1]
    if last.kind in ("punct", "open") or (last.kind == "close" and _is_lone(last, run)):
        return False
    if last.char in "-–—":
        return False
    if last.char.isdigit() and not last.math:
        at = len(run) - 1
        while at > 0 and (run[at].char.isdigit() or run[at].char in ".,") and _gap(run, at - 1) < 0.1:
            at -= 1
        return at > 0 or _gap(run, 0) < 0.3
    if last.letter and not last.math and len(run) > 1:
        return _gap(run, len(run) - 2) < 0.6 or run[-2].kind in ("rel", "bin")
    return True


def _gap(run: Run, at: int) -> float:
    """White after a glyph in type sizes."""
    return (run[at + 1].box.x0 - run[at].box.x1) / max(run[at].size, 1.0)


def _is_lone(bracket: Glyph, run: Run) -> bool:
    """Whether a bracket's partner is missing; tall ones, and those of intervals, may be of another kind."""
    openers = sum(glyph.kind == "open" for glyph in run)
    closers = sum(glyph.kind == "close" for glyph in run)
    if bracket.kind == "open":
        return openers > closers and bracket.box.height < 1.3 * bracket.size
    if bracket.kind == "close":
        return closers > openers and bracket.box.height < 1.3 * bracket.size
    return False
