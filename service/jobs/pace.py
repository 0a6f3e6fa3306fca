"""How long jobs still take, from how fast pages finished so far."""

from __future__ import annotations

# A change of documents shows after some tens of pages.
_WEIGHT = 0.05
# Where nobody has opened a document yet.
_PAGES_OF_A_DOCUMENT = 5.0


class Pace:
    """Seconds between finished pages while jobs are read, and pages of a document: averages that forget the past."""

    def __init__(self) -> None:
        self._seconds_a_page: float | None = None
        self._pages_a_document = _PAGES_OF_A_DOCUMENT
        self._since: float | None = None

    def begin(self, now: float, pages: int) -> None:
        """A document with so many pages is read from now on; ``now`` in seconds of any clock that goes on."""
        self._since = now if self._since is None else self._since
        self._pages_a_document += (pages - self._pages_a_document) * _WEIGHT

    def count(self, now: float) -> None:
        """A page has finished."""
        if self._since is not None:
            seconds = now - self._since
            average = seconds if self._seconds_a_page is None else self._seconds_a_page
            self._seconds_a_page = average + (seconds - average) * _WEIGHT
        self._since = now

    def rest(self) -> None:
        """Nothing is read: the time until the next document does not count."""
        self._since = None

    def seconds(self, pages: float, unopened: int = 0) -> float | None:
        """How long so many pages and documents that nobody has opened take; None before the first page has finished."""
        if self._seconds_a_page is None:
            return None
        return round(self._seconds_a_page * (pages + unopened * self._pages_a_document), 1)
