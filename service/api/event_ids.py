"""Ids of events that name every page that was told, so that a client resumes at any service, also after a new start.

``1-3,7`` are the pages 1, 2, 3 and 7; ``end`` follows when the end was told, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from service.jobs.page_ranges import format_page_ranges, join_ranges

_LONGEST = 8000
_RANGE = re.compile(r"(\d{1,7})(?:-(\d{1,7}))?")
_END = "end"


def format_event_id(pages: Iterable[int], *, ended: bool = False) -> str:
    """The id of an event after which these pages were told."""
    told = format_page_ranges(join_ranges((page, page) for page in sorted(pages)))
    return ",".join(part for part in (told, _END if ended else "") if part)


def parse_event_id(text: str, most: int) -> tuple[set[int], bool]:
    """The pages up to ``most`` that were told, and whether the end was. What is no id says that nothing was told."""
    pages: set[int] = set()
    parts = text[:_LONGEST].split(",") if len(text) <= _LONGEST else []
    for part in parts:
        if found := _RANGE.fullmatch(part):
            pages.update(range(int(found[1]), min(most, int(found[2] or found[1])) + 1))
    return {page for page in pages if 1 <= page <= most}, _END in parts
