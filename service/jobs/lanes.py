"""Which job is read next: by priority, then by age; large documents fill only some of the places, and small ones pass them."""

from __future__ import annotations

from collections.abc import Iterator

from service.jobs.models import PRIORITIES, Job


class Lanes:
    """Queued jobs, and the large ones in progress. A job is large once its document is open and has many pages."""

    def __init__(self, small_pages: int, large_at_once: int) -> None:
        self._small_pages = small_pages
        self._large_at_once = large_at_once
        self._queued: dict[str, Job] = {}
        self._large: set[str] = set()

    def __len__(self) -> int:
        """How many jobs wait."""
        return len(self._queued)

    def add(self, job: Job) -> None:
        """Let a job wait; one that waits already is replaced."""
        self._queued[job.id] = job

    def remove(self, job_id: str) -> bool:
        """Let a job wait no more. Whether it did."""
        return self._queued.pop(job_id, None) is not None

    def position(self, job_id: str) -> int | None:
        """How many jobs wait before it; None for a job that does not wait."""
        return sum(1 for _ in self.before(job_id)) if job_id in self._queued else None

    def before(self, job_id: str) -> Iterator[Job]:
        """The jobs that wait before one, in no order; none where that one does not wait."""
        if job := self._queued.get(job_id):
            yield from (other for other in self._queued.values() if _turn(other) < _turn(job))

    def raise_priority(self, job: Job) -> bool:
        """Let a job that waits have the priority of ``job``, if that is higher. Whether it was changed."""
        queued = self._queued.get(job.id)
        if queued is None or PRIORITIES.index(job.priority) >= PRIORITIES.index(queued.priority):
            return False
        self._queued[job.id] = queued.model_copy(update={"priority": job.priority})
        return True

    def take(self, now: float) -> Job | None:
        """The job whose turn it is, of those that may be read now; None if there is none. ``release`` gives its place back."""
        ready = (job for job in self._queued.values() if job.not_before <= now and self._has_place(job.pages))
        job = min(ready, key=_turn, default=None)
        if job:
            del self._queued[job.id]
            self.claim(job.id, job.pages)
        return job

    def claim(self, job_id: str, pages: int | None) -> bool:
        """Give a job in progress the place that its number of pages needs; False if there is none: it waits again."""
        if job_id in self._large or not self.is_large(pages):
            return True
        if not self._has_place(pages):
            return False
        self._large.add(job_id)
        return True

    def release(self, job_id: str) -> None:
        """A job is no longer in progress."""
        self._large.discard(job_id)

    def next_time(self) -> float | None:
        """When the first job that waits for its next try may be read, in seconds since 1970; None if none waits."""
        return min((job.not_before for job in self._queued.values() if self._has_place(job.pages)), default=None)

    def _has_place(self, pages: int | None) -> bool:
        return not self.is_large(pages) or len(self._large) < self._large_at_once

    def is_large(self, pages: int | None) -> bool:
        """Whether a document with so many pages is large; one that nobody has opened is not."""
        return pages is not None and pages > self._small_pages


def _turn(job: Job) -> tuple[int, float, str]:
    return PRIORITIES.index(job.priority), job.created, job.id
