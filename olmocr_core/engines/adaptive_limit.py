"""The limit on concurrent requests to one server. Pure: each window of requests gives the next limit.

A window ends when every slot was used about once. The limit starts low and doubles while tokens per second grow with it (slow
start), then grows in small steps. A step without a gain is undone and tried again some windows later. The limit halves when a
quarter of a window's requests meet a 429, a 503 or a time-out. It loses an eighth for a tenth of such faults, or for a queue
inside of the server; fewer faults are ignored. After a fall it recovers fast, half of the remaining way per window, to just
below the limit that it fell from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

INITIAL_LIMIT = 4
_GAIN_TO_DOUBLE = 0.10
_GAIN_TO_STEP = 0.02
_WINDOWS_BETWEEN_STEPS = 4
_MANY_FAULTS = 0.25
_SOME_FAULTS = 0.10


@dataclass(frozen=True, slots=True)
class LoadWindow:
    """What happened under one limit, in ``seconds``.

    ``faults`` counts answers 429 and 503 and time-outs. ``queued`` is the queue inside of the server, None if unknown.
    """

    answers: int = 0
    tokens: int = 0
    seconds: float = 1.0
    most_in_flight: int = 0
    faults: int = 0
    queued: float | None = None

    @property
    def tokens_per_second(self) -> float:
        """The throughput."""
        return self.tokens / max(self.seconds, 1e-6)

    @property
    def fault_share(self) -> float:
        """The share of finished requests that met a fault."""
        return self.faults / max(1, self.faults + self.answers)


@dataclass(frozen=True, slots=True)
class AdaptiveLimit:
    """The current limit and the state that decides the next one.

    ``previous_limit`` and ``previous_rate`` are from before the last growth. ``windows_since_undo`` counts the windows since
    a growth was undone. ``recovery_target`` is where the fast growth after a fall ends.
    """

    maximum: int
    limit: int = INITIAL_LIMIT
    slow_start: bool = True
    previous_limit: int | None = None
    previous_rate: float = 0.0
    windows_since_undo: int = 0
    recovery_target: int = 0

    @classmethod
    def initial(cls, maximum: int) -> AdaptiveLimit:
        """The first limit of a server that may get at most ``maximum`` requests at once."""
        return cls(maximum=maximum, limit=min(INITIAL_LIMIT, maximum))

    def update(self, window: LoadWindow) -> AdaptiveLimit:
        """The limit for the next window."""
        if window.fault_share >= _MANY_FAULTS:
            return self._shrunk(self.limit // 2)
        if window.fault_share >= _SOME_FAULTS:
            return self._shrunk(self.limit - max(1, self.limit // 8))
        if window.queued is not None and window.queued > max(2, self.limit // 8):
            return self._shrunk(self.limit - max(1, self.limit // 8))
        if window.most_in_flight < self.limit:
            return self
        if self.previous_limit is not None and window.tokens_per_second < self.previous_rate * (1 + self._needed_gain):
            return replace(self, limit=self.previous_limit, previous_limit=None, slow_start=False, windows_since_undo=0)
        if self.previous_limit is None and not self.slow_start and self.windows_since_undo < _WINDOWS_BETWEEN_STEPS:
            return replace(self, windows_since_undo=self.windows_since_undo + 1)
        return self._grown(window.tokens_per_second)

    def is_overloaded(self, faults: int) -> bool:
        """Whether so many faults in one window shrink the limit before the window ends."""
        return faults >= max(2, self.limit * _MANY_FAULTS)

    @property
    def _step(self) -> int:
        return max(1, self.limit // 8, (self.recovery_target - self.limit) // 2)

    @property
    def _needed_gain(self) -> float:
        return _GAIN_TO_DOUBLE if self.slow_start else _GAIN_TO_STEP

    def _shrunk(self, limit: int) -> AdaptiveLimit:
        return replace(
            self,
            limit=max(1, limit),
            previous_limit=None,
            slow_start=False,
            # One window shows whether the lower limit is low enough; then growth may begin.
            windows_since_undo=_WINDOWS_BETWEEN_STEPS - 1,
            recovery_target=self.limit - self.limit // 8,
        )

    def _grown(self, rate: float) -> AdaptiveLimit:
        limit = min(self.maximum, self.limit * 2 if self.slow_start else self.limit + self._step)
        if limit == self.limit:
            return replace(self, previous_limit=None, previous_rate=rate)
        return replace(self, limit=limit, previous_limit=self.limit, previous_rate=rate, windows_since_undo=0)
