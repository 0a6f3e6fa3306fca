"""How a job looks to a client."""

from __future__ import annotations

from urllib.parse import urlsplit

from olmocr_core.domain.models import DocumentStatus, ErrorInfo, Frozen
from service.callbacks.models import Callback, CallbackState
from service.jobs.models import Job, JobOptions, Priority, ResultFormat, State, iso_time

PATH = "/v1/documents"


class Links(Frozen):
    """Where the parts of a job are found."""

    self: str
    events: str
    result: str
    pages: str
    report: str | None = None


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
    flow_run: str | None
    created: str
    finished: str | None
    links: Links


class CallbackView(Frozen):
    """A callback. ``host`` stands for its address, which may hold a secret; ``answer``: the last one, or why none came."""

    host: str
    state: CallbackState
    tries: int
    answer: str
    next_try: str | None


def view_callback(callback: Callback) -> CallbackView:
    """The view of a callback."""
    waits = callback.state == "waiting" and callback.tries > 0
    return CallbackView(
        host=urlsplit(callback.url).hostname or "",
        state=callback.state,
        tries=callback.tries,
        answer=callback.answer,
        next_try=iso_time(callback.not_before) if waits else None,
    )


def view(job: Job, position: int | None = None, estimate: float | None = None, base_url: str = "") -> JobView:
    """The view of a job; ``base_url`` is put before its links."""
    place = f"{base_url}{PATH}/{job.id}"
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
        flow_run=job.flow_run or None,
        created=iso_time(job.created),
        finished=iso_time(job.finished) if job.finished is not None else None,
        links=Links(
            self=place,
            events=f"{place}/events",
            result=f"{place}/result",
            pages=f"{place}/pages/{{page}}",
            report=f"{base_url}/runs/{job.flow}" if job.flow_run and job.is_final else None,
        ),
    )
