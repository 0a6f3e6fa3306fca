"""Check texts: present, absent, order, format, footnote, baseline. Pure functions of a check and a page's Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from olmocr_core.bench.checks import BaselineCheck, FootnoteCheck, FormatCheck, OrderCheck, TextCheck
from olmocr_core.bench.fuzzy_match import find_near_matches
from olmocr_core.bench.normalise import keep_letters, min_similarity, normalise_text
from olmocr_core.bench.verdict import CheckVerdict

_SHOWN = 60
_CONTEXT_CHARS = 200
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
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
_LONGEST_PATTERN = 5
_IMAGE = re.compile(r"!\[.*?\]\(.*?\)")
_FOREIGN = re.compile(
    "[\u4e00-\u9fff\u3040-\u309f\u30a0-\u30ff\U0001f600-\U0001f64f\U0001f300-\U0001f5ff\U0001f680-\U0001f6ff"
    "\U0001f1e0-\U0001f1ff]"
)

# A page has many checks in a row.
_normalise_page = lru_cache(maxsize=8)(normalise_text)


def check_text(check: TextCheck, text: str, *, compat: bool) -> CheckVerdict:
    """Check that a text is present, or absent.

    Unless ``compat``, a page shorter than the text must contain nearly all of it: a partial match would find the one
    space of an empty page in any sentence.
    """
    wanted, page = check.text, _normalise_page(text)
    if not check.case_sensitive:
        wanted, page = wanted.lower(), page.lower()
    page = _part(page, check.first_n, check.last_n)
    score = 1.0 if wanted in page else fuzz.partial_ratio(wanted, page) / 100.0
    if not compat and len(page.strip()) < len(wanted):
        score = min(score, max(0.0, 1.0 - Levenshtein.distance(wanted, page.strip()) / len(wanted)))
    needed = min_similarity(wanted, check.max_diffs)
    if check.type == "present":
        if score >= needed:
            return CheckVerdict.passing(score)
        return CheckVerdict.failing(
            f"{_cut(wanted)} is missing: the best match is {score:.0%} similar, {needed:.0%} needed", score
        )
    if score < needed:
        return CheckVerdict.passing(1.0 - score)
    return CheckVerdict.failing(f"{_cut(wanted)} should be absent: a match is {score:.0%} similar", 1.0 - score)


def _part(page: str, first_n: int | None, last_n: int | None) -> str:
    if first_n and last_n:
        return page[:first_n] + page[-last_n:]
    if first_n:
        return page[:first_n]
    return page[-last_n:] if last_n else page


def check_order(check: OrderCheck, text: str) -> CheckVerdict:
    """Check that one text starts before the other, at any of their matches."""
    page = _normalise_page(text)
    before = find_near_matches(check.before, page, check.max_diffs)
    after = find_near_matches(check.after, page, check.max_diffs)
    missing = [wanted for wanted, places in ((check.before, before), (check.after, after)) if not places]
    if missing:
        score = (2 - len(missing)) / 3
        return CheckVerdict.failing(
            f"{' and '.join(map(_cut, missing))} not found within {check.max_diffs} edits", score
        )
    if before[0].start < after[-1].start:
        return CheckVerdict.passing()
    return CheckVerdict.failing(f"{_cut(check.before)} occurs only after {_cut(check.after)}", 2 / 3)


def check_format(check: FormatCheck, text: str) -> CheckVerdict:
    """Check that a text has this formatting."""
    wanted = check.text if check.case_sensitive else check.text.lower()
    pieces = [
        normalise_text(piece) for pattern, flags in _FORMATS[check.format] for piece in re.findall(pattern, text, flags)
    ]
    if not check.case_sensitive:
        pieces = [piece.lower() for piece in pieces]
    score = max((fuzz.partial_ratio(wanted, piece) / 100.0 for piece in pieces), default=0.0)
    if pieces and score >= min_similarity(wanted, check.max_diffs):
        return CheckVerdict.passing(score)
    seen = f"; found {', '.join(_cut(piece, 20) for piece in pieces[:3])}" if pieces else "; the page has none"
    return CheckVerdict.failing(f"{_cut(check.text)} is not {_describe_format(check.format)}{seen}", score)


def _describe_format(form: str) -> str:
    return "in a heading" if form == "heading" else f"in {form}"


def check_footnote(check: FootnoteCheck, text: str) -> CheckVerdict:
    """Check that the marker exists, with the given texts before and after one of its occurrences."""
    places = list(_find_markers(check.marker, text))
    if not places:
        return CheckVerdict.failing(
            f"the marker {check.marker!r} is missing as [^{check.marker}], <sup> or superscript digit"
        )
    wrong = []
    if check.appears_before_marker:
        wanted = keep_letters(check.appears_before_marker)
        found = [
            keep_letters(text[max(0, start - _CONTEXT_CHARS) : start])[-max(len(wanted) * 2, 1) :]
            for start, _ in places
        ]
        if not _any_similar(wanted, found, min_similarity(check.appears_before_marker, check.max_diffs)):
            wrong.append(f"{_cut(check.appears_before_marker)} is not before the marker")
    if check.appears_after_marker:
        wanted = keep_letters(check.appears_after_marker)
        found = [keep_letters(text[end : end + _CONTEXT_CHARS])[: len(wanted) * 2] for _, end in places]
        if not _any_similar(wanted, found, min_similarity(check.appears_after_marker, check.max_diffs)):
            wrong.append(f"{_cut(check.appears_after_marker)} is not after the marker")
    return CheckVerdict.failing("; ".join(wrong), 0.5) if wrong else CheckVerdict.passing()


def _find_markers(marker: str, text: str) -> Iterator[tuple[int, int]]:
    escaped = re.escape(marker)
    patterns = [rf"\[\^{escaped}\](?!:)", rf"(?i:<sup[^>]*>{escaped}</sup>)"]
    if all(char in "0123456789" for char in marker):
        patterns.append(re.escape(marker.translate(_SUPERSCRIPTS)))
    for pattern in patterns:
        yield from (match.span() for match in re.finditer(pattern, text))


def _any_similar(wanted: str, found: list[str], needed: float) -> bool:
    return any(fuzz.partial_ratio(wanted, piece) / 100.0 >= needed for piece in found if piece)


def check_baseline(check: BaselineCheck, text: str) -> CheckVerdict:
    """Check that the page is plausible text or, with ``max_length``, has at most that many letters and digits."""
    if check.max_length is not None:
        counted = _IMAGE.sub("", text) if check.max_length_skips_image_alt_tags else text
        found = sum(char.isalnum() for char in counted)
        if found > check.max_length:
            return CheckVerdict.failing(f"{found} letters and digits, at most {check.max_length} expected")
        return CheckVerdict.passing()
    if not any(char.isalnum() for char in text):
        return CheckVerdict.failing("the page has no letter and no digit")
    for size, repeats in enumerate(_repeats_at_end(text), start=1):
        if repeats > check.max_repeats:
            return CheckVerdict.failing(f"the page ends with {size} characters that repeat {repeats} times")
    foreign = _FOREIGN.findall(text) if check.check_disallowed_characters else []
    if foreign:
        return CheckVerdict.failing(
            f"{len(foreign)} characters of another script: {' '.join(sorted(set(foreign))[:10])}"
        )
    return CheckVerdict.passing()


def _repeats_at_end(text: str) -> list[int]:
    """Count how often the last 1, 2 ... 5 characters repeat at the end, with collapsed white space."""
    collapsed = re.sub(r"\s+", " ", text)
    counts = []
    for size in range(1, _LONGEST_PATTERN + 1):
        last, count, at = collapsed[-size:], 0, len(collapsed) - size
        while at >= 0 and collapsed[at : at + size] == last:
            count, at = count + 1, at - size
        counts.append(count if len(collapsed) >= size else 0)
    return counts


def _cut(text: str, length: int = _SHOWN) -> str:
    return repr(text if len(text) <= length else text[: length - 1] + "…")
