"""``/v1/documents/{id}/pages/{n}``: a page as soon as it is finished, also while the others are read; and its image."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from olmocr_core.domain.errors import OlmocrError, SliceError
from olmocr_core.domain.models import PageRecord
from service.api.find import find_job
from service.api.views import PATH
from service.jobs.endings import hide_path
from service.jobs.models import Job
from service.jobs.stored_document import describe_document
from service.problems import Problem
from service.state import ServiceState, the_state

router = APIRouter(prefix=PATH, tags=["pages"])
PageNumber = Annotated[int, Path(ge=1, le=1_000_000, description="From 1")]


@router.get("/{job_id}/pages/{page}")
async def page(request: Request, job_id: str, page: PageNumber) -> PageRecord:
    """Everything that is known of a finished page: its text, route, signals, and each attempt at it."""
    state = the_state(request)
    job = (await find_job(state, job_id)).job
    _check_exists(job, page)
    reader = state.runners.of(job).reader
    record = await reader.finished_page(job.document, page) if reader else None
    if record is None and job.is_final:
        raise Problem(410, "the page was read by other settings, or not at all: send the document again")
    if record is None:
        raise Problem(404, f"page {page} is not finished: ask again", {"Retry-After": "1"})
    return record


@router.get("/{job_id}/pages/{page}/image", response_class=Response, responses={200: {"content": {"image/jpeg": {}}}})
async def image(request: Request, job_id: str, page: PageNumber) -> Response:
    """The image of a page as an engine sees it, finished or not."""
    state = the_state(request)
    job = (await find_job(state, job_id)).job
    _check_exists(job, page)
    data, encoding = await _draw(state, job, page)
    return Response(data, media_type=f"image/{encoding}", headers={"Content-Disposition": "inline"})


async def _draw(state: ServiceState, job: Job, page: int) -> tuple[bytes, str]:
    reader = state.runners.of(job).reader or state.runner.reader
    if reader is None:
        raise Problem(503, f"pages cannot be drawn now: {state.runner.trouble}", {"Retry-After": "5"})
    try:
        document = await asyncio.to_thread(describe_document, state.folder, job)
        opened = await reader.open_document(document)
        if page > opened.info.pages:
            raise _no_such_page(opened.info.pages)
        data, facts = await opened.image(page)
    except SliceError:
        raise Problem(503, "the page cannot be drawn now; ask again in a while", {"Retry-After": "5"}) from None
    except OlmocrError as error:
        raise Problem(422, f"page {page} cannot be drawn: {hide_path(str(error), job)}") from None
    return data, facts.encoding


def _check_exists(job: Job, page: int) -> None:
    if job.pages is not None and not job.options.pages and page > job.pages:
        raise _no_such_page(job.pages)


def _no_such_page(pages: int) -> Problem:
    return Problem(404, f"there is no such page: the document has {pages}")
