"""What can go wrong between a client and the service, each with a sentence for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from service.client.models import Job


class ClientError(Exception):
    """Anything that keeps a client from its text."""


class ServiceAway(ClientError):
    """The service did not answer, or had no room, for as long as the client is patient."""


class ServiceError(ClientError):
    """The service refused a request: ``status`` of HTTP, ``detail`` for people, ``problem`` with all members of the answer."""

    def __init__(self, status: int, detail: str, problem: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{detail} (status {status})")
        self.status = status
        self.detail = detail
        self.problem = dict(problem or {})


class DocumentFailed(ClientError):
    """The document could not be read; ``job.reasons`` say why."""

    def __init__(self, job: Job) -> None:
        why = "; ".join(reason.message for reason in job.reasons) or f"it is {job.state}"
        super().__init__(f"{job.filename} could not be read: {why}")
        self.job = job


class NotInTime(ClientError):
    """The document is not finished in the time that it was given. It goes on at the service, as ``job.id``."""

    def __init__(self, job: Job, seconds: float) -> None:
        done = "" if job.pages is None else f", {job.pages_done} of {job.pages} pages are"
        super().__init__(
            f"{job.filename} is not finished after {seconds:g} seconds{done}; it goes on: send it again to wait longer"
        )
        self.job = job


def parse_problem(status: int, body: bytes) -> ServiceError:
    """The error in an answer of the service, or of a proxy before it, which says nothing to people."""
    try:
        problem = json.loads(body)
        return ServiceError(status, str(problem["detail"]), problem)
    except (ValueError, KeyError, TypeError):
        return ServiceError(status, "the service, or a proxy before it, answered without saying why")
