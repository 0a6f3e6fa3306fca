"""How many requests one server gets at once: a pure decision, made anew each time that every slot has been used about once.

It starts low, doubles while tokens a second grow with it, then goes on in small steps. A step that gains nothing is taken
back and tried again some windows later. When a quarter of a window's requests meet a 429, a 503 or a time-out it is halved;
a few of them, or a queue inside the server, take an eighth; what comes now and then whatever the load is let pass. After a
fall it climbs back fast, half of the way at a time, to just below where it fell from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

START = 4
_GAIN_TO_DOUBLE = 0.10
_GAIN_TO_STEP = 0.02
_WINDOWS_TO_REST = 4
_MANY_FAULTS = 0.25
_SOME_FAULTS = 0.10


@dataclass(frozen=True, slots=True)
class Window:
    """What happened at one limit: answers and tokens in ``seconds``, most in flight, faults, requests queued inside."""

    answers: int = 0
    tokens: int = 0
    seconds: float = 1.0
    peak: int = 0
    faults: int = 0
    queued: float | None = None

    @property
    def rate(self) -> float:
        """Tokens a second."""
        return self.tokens / max(self.seconds, 1e-6)

    @property
    def fault_share(self) -> float:
        """Of the requests that came to an end, how many met a 429, a 503 or a time-out."""
        return self.faults / max(1, self.faults + self.answers)


@dataclass(frozen=True, slots=True)
class Pace:
    """The limit now, and what it takes to decide on the next one.

    ``before`` and ``rate`` are the limit and the throughput before the last growth; ``rested`` counts the windows since
    a growth was taken back; ``goal`` is where a fast climb after a fall ends.
    """

    ceiling: int
    limit: int = START
    doubling: bool = True
    before: int | None = None
    rate: float = 0.0
    rested: int = 0
    goal: int = 0

    @classmethod
    def starting(cls, ceiling: int) -> Pace:
        """The first pace of a server that may get ``ceiling`` requests at once."""
        return cls(ceiling=ceiling, limit=min(START, ceiling))

    def after(self, window: Window) -> Pace:
        """The pace that follows a window."""
        if window.fault_share >= _MANY_FAULTS:
            return self._shrunk(self.limit // 2)
        if window.fault_share >= _SOME_FAULTS:
            return self._shrunk(self.limit - max(1, self.limit // 8))
        if window.queued is not None and window.queued > max(2, self.limit // 8):
            return self._shrunk(self.limit - max(1, self.limit // 8))
        if window.peak < self.limit:
            return self
        if self.before is not None and window.rate < self.rate * (1 + self._gain_needed):
            return replace(self, limit=self.before, before=None, doubling=False, rested=0)
        if self.before is None and not self.doubling and self.rested < _WINDOWS_TO_REST:
            return replace(self, rested=self.rested + 1)
        return self._grown(window.rate)

    def is_overrun(self, faults: int) -> bool:
        """Whether so many faults within one window need no further proof."""
        return faults >= max(2, self.limit * _MANY_FAULTS)

    @property
    def _step(self) -> int:
        return max(1, self.limit // 8, (self.goal - self.limit) // 2)

    @property
    def _gain_needed(self) -> float:
        return _GAIN_TO_DOUBLE if self.doubling else _GAIN_TO_STEP

    def _shrunk(self, limit: int) -> Pace:
        # One window at the lower limit shows whether it is low enough; then the climb may begin.
        goal = self.limit - self.limit // 8
        return replace(self, limit=max(1, limit), before=None, doubling=False, rested=_WINDOWS_TO_REST - 1, goal=goal)

    def _grown(self, rate: float) -> Pace:
        limit = min(self.ceiling, self.limit * 2 if self.doubling else self.limit + self._step)
        if limit == self.limit:
            return replace(self, before=None, rate=rate)
        return replace(self, limit=limit, before=self.limit, rate=rate, rested=0)
