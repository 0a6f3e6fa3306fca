"""How many requests a client may make: a minute's worth at once, then as fast as they come back."""

from __future__ import annotations

from collections import OrderedDict

# Clients that were not seen for longest are forgotten: a full bucket is what they would have.
_MOST_CLIENTS = 10_000


class RateLimit:
    """A bucket of ``a_minute`` tokens for each client; every request takes one. 0: nobody is limited."""

    def __init__(self, a_minute: int) -> None:
        self._capacity = float(a_minute)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str, now: float) -> float:
        """Take a token: 0 if there was one, else the seconds until there is. ``now``: seconds of a clock that goes on."""
        if not self._capacity:
            return 0.0
        tokens, then = self._buckets.pop(client, (self._capacity, now))
        tokens = min(self._capacity, tokens + (now - then) * self._capacity / 60)
        wait = 0.0 if tokens >= 1 else (1 - tokens) * 60 / self._capacity
        self._buckets[client] = (tokens if wait else tokens - 1, now)
        if len(self._buckets) > _MOST_CLIENTS:
            self._buckets.popitem(last=False)
        return wait
