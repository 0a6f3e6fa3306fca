"""How a job looks to a client."""

from __future__ import annotations

from olmocr_core.domain.models import DocumentStatus, ErrorInfo, Frozen
from service.jobs.models import Job, JobOptions, Priority, ResultFormat, State, iso_time

PATH = "/v1/documents"


class Links(Frozen):
    """Where the parts of a job are found."""

    self: str
    events: str
    result: str
    pages: str


class JobView(Frozen):
    """One document of a client: ``id`` names it in every path. ``document_status`` is that of its record, once it is done.

    ``pages``: those that are read in all, once that is known. ``position``: how many documents wait before it; None unless
    it waits. ``estimate_seconds``: until its end, by the pace so far; None before there is one.
    """

    id: str
    sha256: str
    filename: str
    size_bytes: int
    state: State
    pages_done: int
    pages: int | None
    position: int | None
    estimate_seconds: float | None
    document_status: DocumentStatus | None
    reasons: tuple[ErrorInfo, ...]
    formats: tuple[ResultFormat, ...]
    options: JobOptions
    priority: Priority
    created: str
    finished: str | None
    links: Links


def view(job: Job, position: int | None = None, estimate: float | None = None) -> JobView:
    """The view of a job."""
    place = f"{PATH}/{job.id}"
    return JobView(
        id=job.id,
        sha256=job.document,
        filename=job.filename,
        size_bytes=job.size_bytes,
        state=job.state,
        pages_done=job.pages_done,
        pages=job.pages,
        position=position,
        estimate_seconds=estimate,
        document_status=job.document_status,
        reasons=job.reasons,
        formats=job.options.formats,
        options=job.options,
        priority=job.priority,
        created=iso_time(job.created),
        finished=iso_time(job.finished) if job.finished is not None else None,
        links=Links(self=place, events=f"{place}/events", result=f"{place}/result", pages=f"{place}/pages/{{page}}"),
    )
