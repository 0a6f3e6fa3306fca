"""Page furniture: find running headers, footers and page numbers by their recurrence in a document.

A margin block is furniture if it recurs on enough pages, equal except for numbers that stay the same or count with the
pages. A block that does not recur is text of its page.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from olmocr_core.domain.text_cleaning import to_form

_DIGITS = re.compile(r"\d+")
_NOT_WORD = re.compile(r"[^\w#]+")
_EDGE = r"[\s\-–—|·.\[\]()]*"
_ROMAN = r"(?=[ivxlc])c{0,3}(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})"
_PAGE_NUMBER = re.compile(
    rf"{_EDGE}(?:page|p|seite|página|pagina|стр)?{_EDGE}(?:\d{{1,4}}|{_ROMAN})"
    rf"(?:\s*(?:/|of|von|de|di|из)\s*\d{{1,4}})?{_EDGE}"
)
_MARKUP = re.compile(r"<|\||!\[|\$|```|\\\[|[-*+] |\d+[.)] ")

MIN_PAGES = 3
MIN_SHARE = 0.25
MIN_DENSITY = 0.5
LINE_MIN_PAGES = 5
LINE_MIN_SHARE = 0.6
SIMILAR = 90.0


@dataclass(frozen=True, slots=True)
class MarginBlock:
    """A block in the margin of page ``page_number`` (from 1)."""

    page_number: int
    text: str


def normalise_block(text: str) -> str:
    """Normalise a block for comparison: without case, white space, punctuation and the values of numbers."""
    folded = to_form("NFKC", text).casefold()
    return _NOT_WORD.sub(" ", _DIGITS.sub("#", folded)).strip()


def is_page_number(text: str) -> bool:
    """Whether a block is only a page number (``12``, ``- xii -``, ``Page 3 of 10``)."""
    return len(text) <= 32 and _PAGE_NUMBER.fullmatch(text.casefold()) is not None


def find_furniture(candidates: Iterable[MarginBlock], pages: Sequence[int]) -> frozenset[MarginBlock]:
    """Find the blocks that are furniture. ``pages`` are the numbers of all pages with text, ascending."""
    everything = list(candidates)
    groups: dict[str, list[MarginBlock]] = defaultdict(list)
    for candidate in everything:
        groups[normalise_block(candidate.text)].append(candidate)
    chosen: set[MarginBlock] = {candidate for candidate in everything if is_page_number(candidate.text)}
    accepted: list[str] = []
    for key, group in groups.items():
        found = _recurring(group, pages) if key else []
        if found:
            accepted.append(key)
            chosen.update(found)
    chosen.update(_misread(groups, accepted))
    return frozenset(chosen)


def find_recurring_lines(first_or_last: Iterable[MarginBlock], pages: Sequence[int]) -> frozenset[MarginBlock]:
    """Find furniture for engines that report no margin blocks: first or last lines shared by most pages.

    Stricter than ``find_furniture``: these lines are part of the text, and a wrong removal would lose them.
    """
    groups: dict[str, list[MarginBlock]] = defaultdict(list)
    for candidate in first_or_last:
        if candidate.text.strip() and not _MARKUP.match(candidate.text.lstrip()):
            groups[normalise_block(candidate.text)].append(candidate)
    needed = max(LINE_MIN_PAGES, LINE_MIN_SHARE * len(pages))
    return frozenset(
        candidate
        for group in groups.values()
        if len({c.page_number for c in group}) >= needed and _numbers_count_pages(group)
        for candidate in group
    )


def _recurring(group: list[MarginBlock], pages: Sequence[int]) -> list[MarginBlock]:
    """Return the blocks of a group that recur: all of them, or those that are equal including their digits."""
    if _recurs(group, pages) and _numbers_count_pages(group):
        return group
    exact: dict[str, list[MarginBlock]] = defaultdict(list)
    for candidate in group:
        exact[" ".join(candidate.text.split()).casefold()].append(candidate)
    return [candidate for same in exact.values() if _recurs(same, pages) for candidate in same]


def _recurs(group: list[MarginBlock], pages: Sequence[int]) -> bool:
    on = {candidate.page_number for candidate in group}
    if len(pages) <= MIN_PAGES:
        return len(on) >= 2
    if len(on) < MIN_PAGES:
        return False
    # Books have different headers on left and right pages: compare each with its own side.
    sides = {number % 2 for number in on}
    peers = [number for number in pages if number % 2 in sides]
    # The header of a chapter is rare in the book but frequent in its chapter.
    first, last = min(on), max(on)
    near = [number for number in peers if first <= number <= last]
    return len(on) >= MIN_SHARE * len(peers) or len(on) >= MIN_DENSITY * len(near)


def _numbers_count_pages(group: list[MarginBlock]) -> bool:
    """Whether the numbers in similar blocks stay the same or count with the pages, for at least half of the steps.

    In "Table 1" and "Table 2" at the top of two pages, the number does neither.
    """
    ordered = sorted(group, key=lambda candidate: candidate.page_number)
    steps = [(_numbers(one), _numbers(two), two.page_number - one.page_number) for one, two in pairwise(ordered)]
    fitting = sum(
        all(b - a in (0, pages, 2 * pages) for a, b in zip(one, two, strict=False)) for one, two, pages in steps
    )
    return not steps or fitting * 2 >= len(steps)


def _numbers(candidate: MarginBlock) -> list[int]:
    # Bounded: thousands of digits are no page number, and int() refuses them.
    return [int(digits[-9:]) for digits in _DIGITS.findall(candidate.text)]


def _misread(groups: dict[str, list[MarginBlock]], accepted: list[str]) -> list[MarginBlock]:
    """Find blocks that OCR read a little differently from a block that is furniture."""
    from rapidfuzz import fuzz, process

    keys = [key for key in accepted if len(key) >= 8]
    if not keys:
        return []
    return [
        candidate
        for key, group in groups.items()
        if len(key) >= 8 and process.extractOne(key, keys, scorer=fuzz.ratio, score_cutoff=SIMILAR)
        for candidate in group
    ]
