"""How long to wait for what is away: pure decisions, which everything in one process that waits shares."""

from __future__ import annotations

_FIRST_SECONDS = 0.25


class Patience:
    """Waits that double, for at most ``seconds`` for each key.

    A key that was given up is not waited for again, and halves the time for the next one: a folder that is away as a whole
    costs ``seconds`` about twice, however many documents lie in it.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        self._seconds = self._left = seconds
        self._given_up: set[str] = set()

    def next_wait(self, key: str, tries: int, waited: float) -> float | None:
        """The seconds to wait after ``tries`` and ``waited`` seconds in all; None to give up."""
        left = 0.0 if key in self._given_up else self._left - waited
        if left > 0:
            return min(left, _FIRST_SECONDS * 2.0 ** (tries - 1))
        if key not in self._given_up:
            self._given_up.add(key)
            self._left /= 2
        return None

    def came_back(self, key: str) -> None:
        """Take note that waiting has helped: the next one is worth the whole time."""
        self._given_up.discard(key)
        self._left = self._seconds
