"""What the simulated server counts."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

_MOST_SAMPLES = 2000


@dataclass(slots=True)
class Stats:
    """Counts since the start; slot seconds are added up whenever the number of busy slots changes."""

    requests: int = 0
    completed: int = 0
    aborted: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    generation_tokens: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    busy: int = 0
    most_busy: int = 0
    queued: int = 0
    connections: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    slot_seconds: float = 0.0
    began: float | None = None
    ended: float = 0.0
    timeline: list[tuple[float, int]] = field(default_factory=list)
    _every: int = 1
    _changes: int = 0
    _changed: float = 0.0

    def came(self) -> None:
        """A chat request arrived."""
        self.requests += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        if self.began is None:
            self.began = self._changed = time.monotonic()

    def slots(self, change: int) -> None:
        """A slot was taken (+1) or given back (-1)."""
        now = time.monotonic()
        self.slot_seconds += self.busy * (now - self._changed)
        self.busy += change
        self.most_busy = max(self.most_busy, self.busy)
        self._changed = self.ended = now
        self._changes += 1
        if self._changes % self._every == 0:
            self.timeline.append((round(now - (self.began or now), 3), self.busy))
        if len(self.timeline) > _MOST_SAMPLES:
            self.timeline, self._every = self.timeline[::2], self._every * 2

    def as_json(self, slots: int) -> dict[str, Any]:
        """Everything, with the share of slots that were busy from the first request to the last."""
        seconds = self.ended - (self.began or self.ended)
        names = ("requests", "completed", "aborted", "prompt_tokens", "cached_tokens", "generation_tokens")
        more = ("in_flight", "most_in_flight", "busy", "most_busy", "queued", "connections")
        return {name: getattr(self, name) for name in (*names, *more)} | {
            "faults": dict(self.faults),
            "seconds": round(seconds, 3),
            "slots_busy_share": round(self.slot_seconds / (slots * seconds), 4) if seconds > 0 else 0.0,
            "pages_per_second": round(self.completed / seconds, 2) if seconds > 0 else 0.0,
            "timeline": self.timeline,
        }

    def as_metrics(self) -> str:
        """The part of SGLang's Prometheus text that clients look at."""
        found = {
            "num_running_reqs": self.busy,
            "num_queue_reqs": self.queued,
            "num_aborted_requests_total": self.aborted,
            "prompt_tokens_total": self.prompt_tokens,
            "cached_tokens_total": self.cached_tokens,
            "generation_tokens_total": self.generation_tokens,
        }
        return "".join(f'sglang:{name}{{model_name="sim"}} {float(value)}\n' for name, value in found.items())
