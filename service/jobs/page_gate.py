"""How many pages of large documents are before the engine: fewer while small documents come, so that these find a place."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from types import TracebackType


class PageGate:
    """At most ``most()`` pages of all large documents are inside at once; who waits longest goes in first."""

    def __init__(self, most: Callable[[], int]) -> None:
        self._most = most
        self._inside = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def __aenter__(self) -> None:
        """Wait for a place."""
        if not self._waiting and self._inside < self._most():
            self._inside += 1
            return
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                # It was given a place in the moment in which it was cancelled.
                self._leave()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the place back."""
        self._leave()

    def _leave(self) -> None:
        self._inside -= 1
        # The most changes with time: whoever leaves looks how many may go in now.
        while self._waiting and self._inside < self._most():
            place = self._waiting.popleft()
            if not place.done():
                self._inside += 1
                place.set_result(None)
