"""Which files of a watched folder have settled: nobody has written to them for a while, and nobody has been told of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from olmocr_core.sources.listing import Listed


class Looked(NamedTuple):
    """``settled``: the files that settled since they were told last; ``changing``: whether others are still written."""

    settled: list[Listed]
    changing: bool


@dataclass
class _Seen:
    version: tuple[int, str]
    since: float
    told: bool = False


class Settling:
    """Compares one listing with the next: the file systems that people watch often tell nobody of changes."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: dict[str, _Seen] = {}

    def look(self, listing: Iterable[Listed], now: float) -> Looked:
        """Take in a listing, made at ``now``, in seconds of any clock that goes on."""
        present = {one.uri: one for one in listing if not one.problem and not one.not_followed}
        self._seen = {uri: seen for uri, seen in self._seen.items() if uri in present}
        for uri, one in present.items():
            version = (one.size, one.version)
            if uri not in self._seen or self._seen[uri].version != version:
                self._seen[uri] = _Seen(version, now)
        waiting = {uri: seen for uri, seen in self._seen.items() if not seen.told}
        settled = [present[uri] for uri, seen in waiting.items() if now - seen.since >= self._seconds]
        return Looked(settled, changing=len(settled) < len(waiting))

    def tell(self, files: Iterable[Listed]) -> None:
        """These are dealt with, until they change."""
        for one in files:
            if one.uri in self._seen:
                self._seen[one.uri].told = True
