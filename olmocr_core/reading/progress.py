"""Progress of a run: counters that the reading loop increments, and snapshots of them for display."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from olmocr_core.domain.models import Frozen, PageRecord


class ProgressSnapshot(Frozen):
    """The progress at one moment. ``seconds_left`` is None until the rate is known."""

    stage: str = "starting"
    documents: int = 0
    pages: int = 0
    done: int = 0
    from_cache: int = 0
    fallback: int = 0
    failed: int = 0
    seconds: float = 0.0
    pages_per_second: float = 0.0
    seconds_left: float | None = None


class Progress:
    """Counts finished pages; one for each run and process. ``clock`` returns seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = clock()
        self._reading_since: float | None = None
        self._statuses: Counter[str] = Counter()
        self.stage = "starting"
        self.documents = 0
        self.pages = 0
        self.from_cache = 0

    def start_stage(self, stage: str) -> None:
        """Set the current stage of the run."""
        self.stage = stage

    def count_page(self, record: PageRecord) -> None:
        """Count a page that was read now, not one from the cache."""
        if self._reading_since is None:
            self._reading_since = self._clock() - record.seconds
        self._statuses[record.status] += 1

    def snapshot(self) -> ProgressSnapshot:
        """Return the current progress."""
        now = self._clock()
        read = self._statuses.total()
        reading = now - self._reading_since if self._reading_since is not None else 0.0
        rate = read / reading if reading > 0 else 0.0
        done = self.from_cache + read
        return ProgressSnapshot(
            stage=self.stage,
            documents=self.documents,
            pages=self.pages,
            done=done,
            from_cache=self.from_cache,
            fallback=self._statuses["fallback"],
            failed=self._statuses["failed"],
            seconds=round(now - self._started, 1),
            pages_per_second=round(rate, 2),
            seconds_left=round(max(0, self.pages - done) / rate, 1) if rate else None,
        )
