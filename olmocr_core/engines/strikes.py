"""Whose fault is it? Faults of one attempt at a page, one after the other, while the server is well otherwise.

A server that fails on every page is at fault itself: its pages wait, and nothing is written about them. A page on which a
server fails three times in a row, while it answers something else between the last two, is at fault itself. A server that
fails often needs more proof: so many faults in a row that its own rate of faults explains them once in a million pages.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

FEWEST_STRIKES = 3
_CHANCE = 1e-6
# Before anything is known, one request in a hundred fails: as if 50 requests had given half a fault.
_PRIOR_REQUESTS, _PRIOR_FAULTS = 50.0, 0.5
# A document, a page and an attempt: faults of attempts side by side are not in a row.
AttemptKey = tuple[str, int, int]


def strikes_needed(faults: int, requests: int) -> int:
    """How many faults in a row blame the page, when so many of all other requests failed."""
    rate = (faults + _PRIOR_FAULTS) / (requests + _PRIOR_REQUESTS)
    return max(FEWEST_STRIKES, math.ceil(math.log(_CHANCE) / math.log(rate)))


@dataclass(slots=True)
class Strikes:
    """The faults in a row of each attempt that has not been answered, and how often requests fail at all."""

    _requests: int = 0
    _faults: int = 0
    _counts: dict[AttemptKey, int] = field(default_factory=dict)

    def count_answer(self) -> None:
        """Count a request that was answered."""
        self._requests += 1

    def forget(self, key: AttemptKey) -> None:
        """The attempt was answered or given up."""
        self._counts.pop(key, None)

    async def is_the_pages(self, key: AttemptKey, is_well: Callable[[], Awaitable[bool]]) -> bool:
        """Count a fault; return whether the page is to blame for it.

        ``is_well`` asks the server something else; while it is not well, the count stands still.
        """
        before = self._counts.get(key, 0)
        needed = strikes_needed(self._faults - before, self._requests - before)
        self._requests += 1
        self._faults += 1
        if before + 1 >= needed:
            self.forget(key)
            return True
        if before + 1 < needed - 1 or await is_well():
            self._counts[key] = before + 1
        return False
