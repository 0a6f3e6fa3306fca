"""Several servers behind one engine: each page goes to the one with the fewest pages in flight that has room for it.

A lane is one server with its own pace. A lane that failed rests for a while as long as another can work; one that sent
``Retry-After`` is left alone until then. Nothing here knows HTTP.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from olmocr_core.domain.errors import EngineUnavailable
from olmocr_core.engines.adaptive_limit import Pace, Window

Clock = Callable[[], float]
_FIRST_REST = 1.0
_LONGEST_REST = 30.0
_LEAST_SAMPLE = 8


@dataclass(slots=True)
class Lane:
    """One server: how many requests are on their way to it, and when it may have more. Times from the same clock."""

    label: str
    pace: Pace
    in_flight: int = 0
    most_in_flight: int = 0
    generation: int = 0
    closed_until: float = 0.0
    rests_until: float = 0.0
    busy_seconds: float = 0.0
    failures: int = 0
    _window: Window = field(default_factory=Window)
    _window_began: float | None = None
    _busy_since: float = 0.0

    def enter(self, now: float) -> int:
        """One more in flight; returns the generation of the limit that let it in."""
        if not self.in_flight:
            self._busy_since = now
        if self._window_began is None:
            self._window_began = now
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        self._window = replace(self._window, peak=max(self._window.peak, self.in_flight))
        return self.generation

    def leave(self, now: float) -> None:
        """One fewer in flight."""
        self.in_flight -= 1
        if not self.in_flight:
            self.busy_seconds += now - self._busy_since

    def busy_until(self, now: float) -> float:
        """Seconds with at least one request in flight, up to now."""
        return self.busy_seconds + (now - self._busy_since if self.in_flight else 0.0)

    def answered(self, tokens: int, now: float) -> None:
        """A request ended well; when all slots have turned over once, the pace is decided anew."""
        self.failures, self.rests_until = 0, 0.0
        self._window = replace(self._window, tokens=self._window.tokens + tokens, answers=self._window.answers + 1)
        if self._window.answers >= max(self.pace.limit, _LEAST_SAMPLE):
            self._decide(now)

    def overloaded(self, generation: int, now: float) -> None:
        """A 429, a 503 or a time-out. Requests let in under one limit shrink it once, however many of them fail."""
        if generation != self.generation:
            return
        self._window = replace(self._window, faults=self._window.faults + 1)
        if self.pace.is_overrun(self._window.faults):
            self._decide(now)

    def rest(self, now: float) -> None:
        """It does not answer: let the others work, longer each time."""
        if now >= self.rests_until:
            self.failures += 1
            self.rests_until = now + min(_LONGEST_REST, _FIRST_REST * 2 ** min(self.failures - 1, 10))

    def close(self, seconds: float, now: float) -> None:
        """It asked to be left alone."""
        self.closed_until = max(self.closed_until, now + seconds)

    def queued(self, requests: float) -> None:
        """What the server says about its own queue."""
        self._window = replace(self._window, queued=requests)

    def _decide(self, now: float) -> None:
        began = now if self._window_began is None else self._window_began
        pace = self.pace.after(replace(self._window, seconds=now - began))
        if pace.limit != self.pace.limit:
            self.generation += 1
        self.pace = pace
        self._window, self._window_began = Window(peak=self.in_flight), now


@dataclass(frozen=True, slots=True)
class Seat:
    """A place in a lane, held while one request is in flight."""

    lane: Lane
    generation: int


class Replicas:
    """The lanes of one engine and the requests that wait for a place, first come first served."""

    def __init__(self, lanes: Sequence[Lane], clock: Clock = time.monotonic) -> None:
        self.lanes = tuple(lanes)
        self.clock = clock
        self._waiting: deque[asyncio.Future[Seat]] = deque()

    @property
    def waiting(self) -> int:
        """Requests that wait for a place."""
        return len(self._waiting)

    @property
    def spare(self) -> int:
        """Places that stand empty while nobody waits."""
        now = self.clock()
        able = [lane for lane in self.lanes if lane.closed_until <= now and lane.rests_until <= now]
        return 0 if self._waiting else sum(max(0, lane.pace.limit - lane.in_flight) for lane in able)

    def join(self, lane: Lane) -> None:
        """One more server; those who wait get its places."""
        self.lanes = (*self.lanes, lane)
        self._seat_waiting()

    @asynccontextmanager
    async def seat(self) -> AsyncIterator[Seat]:
        """A place in the best lane. Raises EngineUnavailable while every server has asked to be left alone."""
        seat = await self._sit()
        try:
            yield seat
        finally:
            self._leave(seat)

    async def _sit(self) -> Seat:
        self._refuse_while_closed()
        if not self._waiting and (seat := self._take()):
            return seat
        place: asyncio.Future[Seat] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            return await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and not place.exception():
                self._leave(place.result())
            elif place in self._waiting:
                self._waiting.remove(place)
            raise

    def _take(self) -> Seat | None:
        now = self.clock()
        open_lanes = [lane for lane in self.lanes if lane.closed_until <= now]
        fresh = [lane for lane in open_lanes if lane.rests_until <= now]
        free = [lane for lane in fresh or open_lanes if lane.in_flight < lane.pace.limit]
        if not free:
            return None
        lane = min(free, key=lambda lane: lane.in_flight)
        return Seat(lane, lane.enter(now))

    def _leave(self, seat: Seat) -> None:
        seat.lane.leave(self.clock())
        self._seat_waiting()

    def _seat_waiting(self) -> None:
        while self._waiting:
            if self._waiting[0].done():
                self._waiting.popleft()
                continue
            if error := self._closed():
                self._waiting.popleft().set_exception(error)
                continue
            found = self._take()
            if found is None:
                return
            self._waiting.popleft().set_result(found)

    def _refuse_while_closed(self) -> None:
        if error := self._closed():
            raise error

    def _closed(self) -> EngineUnavailable | None:
        now = self.clock()
        first = min(lane.closed_until for lane in self.lanes)
        if first <= now:
            return None
        return EngineUnavailable("the server asked to be left alone for a while", retry_after=first - now)
