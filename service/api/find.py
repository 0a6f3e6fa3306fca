"""Find what a path names, or say what is wrong with it."""

from __future__ import annotations

from service.jobs.desk import FoundJob
from service.problems import Problem
from service.state import ServiceState


async def find_job(state: ServiceState, job_id: str) -> FoundJob:
    """The job of an id. Raises Problem if there is none."""
    found = await state.desk.find(job_id)
    if found is None:
        raise no_such_document()
    return found


def no_such_document() -> Problem:
    """What a path says that names no document."""
    return Problem(404, "there is no such document: it was never sent, or it was deleted")
