"""``/v1/documents/{id}/events``: server-sent events, one for each finished page and one at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse

from service.api.event_ids import format_event_id, parse_event_id
from service.api.find import find_job
from service.api.results import load_record
from service.api.views import PATH, view
from service.jobs.desk import FoundJob
from service.jobs.progress import FinishedPage, JobProgress, finished_page
from service.state import ServiceState, the_state

router = APIRouter(prefix=PATH, tags=["documents"])
# Proxies close what is silent for a minute.
_SILENCE_SECONDS = 20.0
_MOST_PAGES = 1_000_000


@router.get("/{job_id}/events", response_class=StreamingResponse)
async def events(request: Request, job_id: str, last_event_id: Annotated[str, Header()] = "") -> Response:
    """One event ``page`` for each finished page, in the order in which they finish, and one event ``end`` with the state.

    ``Last-Event-ID`` goes on where a connection broke off; after the end it is answered by 204, so that browsers stop asking.
    """
    state = the_state(request)
    found = await find_job(state, job_id)
    told, ended = parse_event_id(last_event_id, _MOST_PAGES)
    if ended:
        return Response(status_code=204)
    return StreamingResponse(_stream(state, found, told), media_type="text/event-stream")


async def _stream(state: ServiceState, found: FoundJob, told: set[int]) -> AsyncIterator[str]:
    if found.progress:
        async for text in _follow(found.progress, told):
            yield text
    last = await state.desk.find(found.job.id)
    job = last.job if last else found.job.model_copy(update={"state": "cancelled"})
    if last:
        record = await load_record(state, job.id)
        for page in _untold({one.page_number: finished_page(one) for one in record.pages} if record else {}, told):
            yield _page_event(page, told, job.pages)
    yield _event("end", format_event_id(told, ended=True), view(job).model_dump_json())


async def _follow(progress: JobProgress, told: set[int]) -> AsyncIterator[str]:
    while True:
        bell = progress.bell
        for page in _untold(progress.finished, told):
            yield _page_event(page, told, progress.pages)
        if progress.ended:
            return
        try:
            await asyncio.wait_for(bell.wait(), _SILENCE_SECONDS)
        except TimeoutError:
            yield ": still here\n\n"


def _untold(pages: dict[int, FinishedPage], told: set[int]) -> list[FinishedPage]:
    return [page for number, page in pages.items() if number not in told]


def _page_event(page: FinishedPage, told: set[int], pages: int | None) -> str:
    told.add(page.page)
    total = "null" if pages is None else pages
    data = f'{page.model_dump_json()[:-1]},"pages_done":{len(told)},"pages":{total}}}'
    return _event("page", format_event_id(told), data)


def _event(name: str, event_id: str, data: str) -> str:
    return f"event: {name}\nid: {event_id}\ndata: {data}\n\n"
