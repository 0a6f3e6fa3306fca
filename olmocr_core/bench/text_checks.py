"""Scorers for texts: present, absent, order, format, footnote. Pure functions of a check and a page's Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from olmocr_core.bench.checks import FootnoteCheck, FormatCheck, OrderCheck, TextCheck
from olmocr_core.bench.fold import fold, letters, tolerance
from olmocr_core.bench.fuzzy_match import near_places
from olmocr_core.bench.verdict import Verdict

_SHOWN = 60
_REACH = 200
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_FORMATS = {
    "heading": ((r"^#{1,6}\s+(.+?)$", re.MULTILINE), (r"<h[1-6][^>]*>(.*?)</h[1-6]>", re.I | re.S)),
    "bold": (
        (r"\*\*(.*?)\*\*", re.S),
        (r"__(.*?)__", re.S),
        (r"<b[^>]*>(.*?)</b>", re.I | re.S),
        (r"<strong[^>]*>(.*?)</strong>", re.I | re.S),
    ),
    "italic": (
        (r"(?<!\*)\*(?!\*)(.*?)(?<!\*)\*(?!\*)", re.S),
        (r"(?<!_)_(?!_)(.*?)(?<!_)_(?!_)", re.S),
        (r"<i[^>]*>(.*?)</i>", re.I | re.S),
        (r"<em[^>]*>(.*?)</em>", re.I | re.S),
    ),
}

# A page has many checks, one after the other.
_folded = lru_cache(maxsize=8)(fold)


def judge_text(check: TextCheck, text: str, *, compat: bool) -> Verdict:
    """Is the text there, or rightly not there?

    Unless ``compat``, a page that is shorter than what is looked for must hold nearly all of it: an alignment of the
    shorter with a part of the longer would find an empty page's one space in any sentence.
    """
    wanted, page = check.text, _folded(text)
    if not check.case_sensitive:
        wanted, page = wanted.lower(), page.lower()
    page = _part(page, check.first_n, check.last_n)
    score = 1.0 if wanted in page else fuzz.partial_ratio(wanted, page) / 100.0
    if not compat and len(page.strip()) < len(wanted):
        score = min(score, max(0.0, 1.0 - Levenshtein.distance(wanted, page.strip()) / len(wanted)))
    needed = tolerance(wanted, check.max_diffs)
    if check.type == "present":
        if score >= needed:
            return Verdict.good(score)
        return Verdict.bad(
            f"{_cut(wanted)} is not there: the best match is {score:.0%} alike, {needed:.0%} needed", score
        )
    if score < needed:
        return Verdict.good(1.0 - score)
    return Verdict.bad(f"{_cut(wanted)} should not be there: a match is {score:.0%} alike", 1.0 - score)


def _part(page: str, first_n: int | None, last_n: int | None) -> str:
    if first_n and last_n:
        return page[:first_n] + page[-last_n:]
    if first_n:
        return page[:first_n]
    return page[-last_n:] if last_n else page


def judge_order(check: OrderCheck, text: str) -> Verdict:
    """Does some place of the one text begin before some place of the other?"""
    page = _folded(text)
    before = near_places(check.before, page, check.max_diffs)
    after = near_places(check.after, page, check.max_diffs)
    missing = [wanted for wanted, places in ((check.before, before), (check.after, after)) if not places]
    if missing:
        score = (2 - len(missing)) / 3
        return Verdict.bad(f"{' and '.join(map(_cut, missing))} not found within {check.max_diffs} edits", score)
    if before[0].start < after[-1].start:
        return Verdict.good()
    return Verdict.bad(f"{_cut(check.before)} comes only after {_cut(check.after)}", 2 / 3)


def judge_format(check: FormatCheck, text: str) -> Verdict:
    """Does the text stand in a piece with this formatting?"""
    wanted = check.text if check.case_sensitive else check.text.lower()
    pieces = [fold(piece) for pattern, flags in _FORMATS[check.format] for piece in re.findall(pattern, text, flags)]
    if not check.case_sensitive:
        pieces = [piece.lower() for piece in pieces]
    score = max((fuzz.partial_ratio(wanted, piece) / 100.0 for piece in pieces), default=0.0)
    if pieces and score >= tolerance(wanted, check.max_diffs):
        return Verdict.good(score)
    seen = f"; among it is {', '.join(_cut(piece, 20) for piece in pieces[:3])}" if pieces else "; the page has none"
    return Verdict.bad(f"{_cut(check.text)} is not {_article(check.format)}{seen}", score)


def _article(form: str) -> str:
    return "in a heading" if form == "heading" else f"in {form}"


def judge_footnote(check: FootnoteCheck, text: str) -> Verdict:
    """Is the marker there, with the right text before one of its places and the right text after one of them?"""
    places = list(_marker_places(check.marker, text))
    if not places:
        return Verdict.bad(f"the marker {check.marker!r} is not there as [^{check.marker}], <sup> or a raised digit")
    wrong = []
    if check.appears_before_marker:
        wanted = letters(check.appears_before_marker)
        found = [letters(text[max(0, start - _REACH) : start])[-max(len(wanted) * 2, 1) :] for start, _ in places]
        if not _any_alike(wanted, found, tolerance(check.appears_before_marker, check.max_diffs)):
            wrong.append(f"{_cut(check.appears_before_marker)} does not stand before the marker")
    if check.appears_after_marker:
        wanted = letters(check.appears_after_marker)
        found = [letters(text[end : end + _REACH])[: len(wanted) * 2] for _, end in places]
        if not _any_alike(wanted, found, tolerance(check.appears_after_marker, check.max_diffs)):
            wrong.append(f"{_cut(check.appears_after_marker)} does not stand after the marker")
    return Verdict.bad("; ".join(wrong), 0.5) if wrong else Verdict.good()


def _marker_places(marker: str, text: str) -> Iterator[tuple[int, int]]:
    escaped = re.escape(marker)
    patterns = [rf"\[\^{escaped}\](?!:)", rf"(?i:<sup[^>]*>{escaped}</sup>)"]
    if all(char in "0123456789" for char in marker):
        patterns.append(re.escape(marker.translate(_RAISED)))
    for pattern in patterns:
        yield from (match.span() for match in re.finditer(pattern, text))


def _any_alike(wanted: str, found: list[str], needed: float) -> bool:
    return any(fuzz.partial_ratio(wanted, piece) / 100.0 >= needed for piece in found if piece)


def _cut(text: str, length: int = _SHOWN) -> str:
    return repr(text if len(text) <= length else text[: length - 1] + "…")
