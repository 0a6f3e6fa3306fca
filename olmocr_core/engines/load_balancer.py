"""Several servers behind one engine: each request goes to the available backend with the fewest requests in flight.

A backend is one server with its own adaptive limit. One that failed backs off while another is available; one that sent
``Retry-After`` gets nothing until then. Nothing here knows HTTP.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from olmocr_core.domain.errors import EngineUnavailable
from olmocr_core.engines.adaptive_limit import AdaptiveLimit, LoadWindow

Clock = Callable[[], float]
_FIRST_BACKOFF = 1.0
_LONGEST_BACKOFF = 30.0
_SMALLEST_WINDOW = 8


@dataclass(slots=True)
class Backend:
    """One server: its requests in flight and when it may get more. All times come from the same clock, in seconds.

    ``generation`` counts the changes of the limit.
    """

    label: str
    adaptive_limit: AdaptiveLimit
    in_flight: int = 0
    most_in_flight: int = 0
    generation: int = 0
    paused_until: float = 0.0
    backoff_until: float = 0.0
    busy_seconds: float = 0.0
    failures: int = 0
    _window: LoadWindow = field(default_factory=LoadWindow)
    _window_began: float | None = None
    _busy_since: float = 0.0

    @property
    def free_slots(self) -> int:
        """Requests that it may get now."""
        return max(0, self.adaptive_limit.limit - self.in_flight)

    def begin_request(self, now: float) -> int:
        """Count a request in; returns the generation of the limit that admitted it."""
        if not self.in_flight:
            self._busy_since = now
        if self._window_began is None:
            self._window_began = now
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        self._window = replace(self._window, most_in_flight=max(self._window.most_in_flight, self.in_flight))
        return self.generation

    def end_request(self, now: float) -> None:
        """Count a request out, however it ended."""
        self.in_flight -= 1
        if not self.in_flight:
            self.busy_seconds += now - self._busy_since

    def busy_seconds_at(self, now: float) -> float:
        """Seconds with at least one request in flight, up to now."""
        return self.busy_seconds + (now - self._busy_since if self.in_flight else 0.0)

    def record_answer(self, tokens: int, now: float) -> None:
        """A request succeeded; the limit is updated when every slot was used about once."""
        self.failures, self.backoff_until = 0, 0.0
        self._window = replace(self._window, tokens=self._window.tokens + tokens, answers=self._window.answers + 1)
        if self._window.answers >= max(self.adaptive_limit.limit, _SMALLEST_WINDOW):
            self._update_limit(now)

    def record_overload(self, generation: int, now: float) -> None:
        """A 429, a 503 or a time-out. Requests that one limit admitted shrink it once, however many of them fail."""
        if generation != self.generation:
            return
        self._window = replace(self._window, faults=self._window.faults + 1)
        if self.adaptive_limit.is_overloaded(self._window.faults):
            self._update_limit(now)

    def back_off(self, now: float) -> None:
        """The server does not answer: prefer the others, longer after each failure."""
        if now >= self.backoff_until:
            self.failures += 1
            self.backoff_until = now + min(_LONGEST_BACKOFF, _FIRST_BACKOFF * 2 ** min(self.failures - 1, 10))

    def pause(self, seconds: float, now: float) -> None:
        """The server sent ``Retry-After``: no requests until then."""
        self.paused_until = max(self.paused_until, now + seconds)

    def record_queue(self, requests: float) -> None:
        """The length of the server's own queue."""
        self._window = replace(self._window, queued=requests)

    def _update_limit(self, now: float) -> None:
        began = now if self._window_began is None else self._window_began
        updated = self.adaptive_limit.update(replace(self._window, seconds=now - began))
        if updated.limit != self.adaptive_limit.limit:
            self.generation += 1
        self.adaptive_limit = updated
        self._window, self._window_began = LoadWindow(most_in_flight=self.in_flight), now


@dataclass(frozen=True, slots=True)
class Slot:
    """The right to one request at a backend, and the generation of the limit that admitted it."""

    backend: Backend
    generation: int


class LoadBalancer:
    """The backends of one engine and the requests that wait for a slot, first come first served."""

    def __init__(self, backends: Sequence[Backend], clock: Clock = time.monotonic) -> None:
        self.backends = tuple(backends)
        self.clock = clock
        self._waiting: deque[asyncio.Future[Slot]] = deque()

    @property
    def waiting(self) -> int:
        """Requests that wait for a slot."""
        return len(self._waiting)

    @property
    def idle_slots(self) -> int:
        """Free slots while no request waits for one."""
        now = self.clock()
        available = [each for each in self.backends if each.paused_until <= now and each.backoff_until <= now]
        return 0 if self._waiting else sum(backend.free_slots for backend in available)

    def add(self, backend: Backend) -> None:
        """Take in one more server; waiting requests get its slots."""
        self.backends = (*self.backends, backend)
        self._serve_waiting()

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[Slot]:
        """A slot at the best backend. Raises EngineUnavailable while all servers have sent ``Retry-After``."""
        slot = await self._acquire()
        try:
            yield slot
        finally:
            self._release(slot)

    async def _acquire(self) -> Slot:
        if error := self._all_paused():
            raise error
        if not self._waiting and (slot := self._take_free()):
            return slot
        promised: asyncio.Future[Slot] = asyncio.get_running_loop().create_future()
        self._waiting.append(promised)
        try:
            return await promised
        except asyncio.CancelledError:
            if promised.done() and not promised.cancelled() and not promised.exception():
                self._release(promised.result())
            elif promised in self._waiting:
                self._waiting.remove(promised)
            raise

    def _take_free(self) -> Slot | None:
        now = self.clock()
        open_now = [backend for backend in self.backends if backend.paused_until <= now]
        available = [backend for backend in open_now if backend.backoff_until <= now]
        free = [backend for backend in available or open_now if backend.free_slots]
        if not free:
            return None
        backend = min(free, key=lambda backend: backend.in_flight)
        return Slot(backend, backend.begin_request(now))

    def _release(self, slot: Slot) -> None:
        slot.backend.end_request(self.clock())
        self._serve_waiting()

    def _serve_waiting(self) -> None:
        while self._waiting:
            if self._waiting[0].done():
                self._waiting.popleft()
                continue
            if error := self._all_paused():
                self._waiting.popleft().set_exception(error)
                continue
            slot = self._take_free()
            if slot is None:
                return
            self._waiting.popleft().set_result(slot)

    def _all_paused(self) -> EngineUnavailable | None:
        now = self.clock()
        first = min(backend.paused_until for backend in self.backends)
        if first <= now:
            return None
        return EngineUnavailable("every server has asked to wait (Retry-After)", retry_after=first - now)
