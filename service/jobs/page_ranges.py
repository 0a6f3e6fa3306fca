"""Which pages of a document: ``1-3,7`` are the pages 1, 2, 3 and 7."""

from __future__ import annotations

import re
from collections.abc import Iterable

LAST_PAGE = 1_000_000
_MOST_CHARACTERS = 2000
_RANGE = re.compile(r"\s*(\d{1,7})\s*(?:-\s*(\d{1,7})\s*)?")


def parse_page_ranges(text: str) -> tuple[tuple[int, int], ...]:
    """First and last page of each range, in ascending order and joined where they meet. Raises ValueError for anything else."""
    if len(text) > _MOST_CHARACTERS:
        raise ValueError(f"more than {_MOST_CHARACTERS} characters")
    return join_ranges(sorted(_parse_range(part) for part in text.split(",") if part.strip()))


def format_page_ranges(ranges: Iterable[tuple[int, int]]) -> str:
    """The text of ranges."""
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


def select_pages(text: str, count: int) -> tuple[int, ...]:
    """The pages that a text names, of a document with ``count`` pages, in ascending order; all for an empty text."""
    ranges = parse_page_ranges(text) if text else ((1, count),)
    return tuple(page for first, last in ranges for page in range(first, min(last, count) + 1))


def _parse_range(part: str) -> tuple[int, int]:
    found = _RANGE.fullmatch(part)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= first <= last <= LAST_PAGE:
        raise ValueError(f"{part.strip()[:50]!r} is no range of pages: write 1-3,7 for the pages 1, 2, 3 and 7")
    return first, last


def join_ranges(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Ranges in ascending order, joined where they meet."""
    joined: list[tuple[int, int]] = []
    for first, last in ranges:
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return tuple(joined)
