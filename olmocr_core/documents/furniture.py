"""Running headers, footers and page numbers: what one page cannot tell, the pages of a document tell by a vote.

A block in a page's margin is furniture when it comes back: on enough pages, the same but for numbers that stand still
or count with the pages. What does not come back is text of its page.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

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
    """A block that stands in the margin of page ``page_number`` (from 1)."""

    page_number: int
    text: str


def normalise_block(text: str) -> str:
    """The block as the vote sees it: case, whitespace, punctuation and the value of numbers set aside."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _NOT_WORD.sub(" ", _DIGITS.sub("#", folded)).strip()


def is_page_number(text: str) -> bool:
    """Whether the block is nothing but a page number (``12``, ``- xii -``, ``Page 3 of 10``)."""
    return len(text) <= 32 and _PAGE_NUMBER.fullmatch(text.casefold()) is not None


def find_furniture(candidates: Iterable[MarginBlock], pages: Sequence[int]) -> frozenset[MarginBlock]:
    """The candidates that are furniture. ``pages`` are the numbers of all pages that hold text, ascending."""
    everything = list(candidates)
    groups: dict[str, list[MarginBlock]] = defaultdict(list)
    for candidate in everything:
        groups[normalise_block(candidate.text)].append(candidate)
    chosen: set[MarginBlock] = {candidate for candidate in everything if is_page_number(candidate.text)}
    voted: list[str] = []
    for key, group in groups.items():
        found = _recurring(group, pages) if key else []
        if found:
            voted.append(key)
            chosen.update(found)
    chosen.update(_misread(groups, voted))
    return frozenset(chosen)


def find_recurring_lines(first_or_last: Iterable[MarginBlock], pages: Sequence[int]) -> frozenset[MarginBlock]:
    """The vote for engines that report no margins: lines at a page's edge that most pages of a longer document share.

    Stricter than ``vote``, because these lines are in the text already and a wrong removal loses them.
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
    """The part of a group of like blocks that recurs: all of it, or those that are alike to the digit."""
    if _enough(group, pages) and _numbers_count_pages(group):
        return group
    exact: dict[str, list[MarginBlock]] = defaultdict(list)
    for candidate in group:
        exact[" ".join(candidate.text.split()).casefold()].append(candidate)
    return [candidate for same in exact.values() if _enough(same, pages) for candidate in same]


def _enough(group: list[MarginBlock], pages: Sequence[int]) -> bool:
    on = {candidate.page_number for candidate in group}
    if len(pages) <= MIN_PAGES:
        return len(on) >= 2
    if len(on) < MIN_PAGES:
        return False
    # Books print one header on left pages and another on right ones: each is measured against its own side.
    sides = {number % 2 for number in on}
    peers = [number for number in pages if number % 2 in sides]
    # A chapter's header is rare in the book and dense in its chapter.
    first, last = min(on), max(on)
    near = [number for number in peers if first <= number <= last]
    return len(on) >= MIN_SHARE * len(peers) or len(on) >= MIN_DENSITY * len(near)


def _numbers_count_pages(group: list[MarginBlock]) -> bool:
    """Whether the numbers in like blocks stand still or count with the pages, from most blocks to the next.

    "Table 1" and "Table 2" at the top of two pages are alike but for a number that does neither.
    """
    ordered = sorted(group, key=lambda candidate: candidate.page_number)
    steps = [(_numbers(one), _numbers(two), two.page_number - one.page_number) for one, two in pairwise(ordered)]
    fitting = sum(
        all(b - a in (0, pages, 2 * pages) for a, b in zip(one, two, strict=False)) for one, two, pages in steps
    )
    return not steps or fitting * 2 >= len(steps)


def _numbers(candidate: MarginBlock) -> list[int]:
    # Bounded: a run of thousands of digits is no page number, and int() refuses it.
    return [int(digits[-9:]) for digits in _DIGITS.findall(candidate.text)]


def _misread(groups: dict[str, list[MarginBlock]], voted: list[str]) -> list[MarginBlock]:
    """Blocks that OCR read a little differently from a header that was voted out."""
    from rapidfuzz import fuzz, process

    keys = [key for key in voted if len(key) >= 8]
    if not keys:
        return []
    return [
        candidate
        for key, group in groups.items()
        if len(key) >= 8 and process.extractOne(key, keys, scorer=fuzz.ratio, score_cutoff=SIMILAR)
        for candidate in group
    ]
