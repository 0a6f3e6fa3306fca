"""A runner for each engine that clients may choose: jobs of one engine do not wait for those of another."""

from __future__ import annotations

from collections.abc import Mapping

from service.jobs.models import Job
from service.jobs.progress import JobProgress
from service.jobs.runner import JobRunner


class Runners:
    """The runners by the name of their engine; that of the service's own engine is named ``""``."""

    def __init__(self, runners: Mapping[str, JobRunner], own: str = "") -> None:
        self._runners = dict(runners)
        self._own = own
        self.default = self._runners[""]

    def of(self, job: Job) -> JobRunner:
        """The runner of a job. The service's own, if the engine that the job names is offered no longer."""
        return self._runners.get(job.options.engine, self.default)

    def named(self, engine: str) -> JobRunner:
        """The runner of an engine. Raises KeyError for one that is not offered."""
        return self._runners[engine]

    def find(self, engine: str) -> str | None:
        """How jobs name an engine: the service's own is ``""``. None for one that is not offered."""
        name = "" if engine == self._own else engine
        return name if name in self._runners else None

    @property
    def others(self) -> tuple[str, ...]:
        """The engines beside the service's own."""
        return tuple(name for name in self._runners if name)

    @property
    def engines(self) -> tuple[str, ...]:
        """What a client may ask for."""
        return tuple(name for name in (self._own, *self.others) if name)

    @property
    def all(self) -> tuple[JobRunner, ...]:
        """The runner of the service's own engine, and the others."""
        return tuple(self._runners.values())

    @property
    def waiting(self) -> int:
        """How many jobs wait."""
        return sum(len(runner.lanes) for runner in self.all)

    @property
    def running(self) -> int:
        """How many jobs are in progress."""
        return sum(runner.running for runner in self.all)

    def progress(self, job_id: str) -> JobProgress | None:
        """How far a job is; None for one that is neither queued nor running."""
        return next((found for runner in self.all if (found := runner.progress(job_id))), None)
