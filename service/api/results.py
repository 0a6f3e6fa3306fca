"""``/v1/documents/{id}/result``: the text of a document, in each of its formats."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response

from olmocr_core.domain.models import DocumentRecord
from service.api.find import find_job
from service.api.media_types import MEDIA_TYPES, choose_format
from service.api.views import PATH
from service.formats.html import CONTENT_SECURITY_POLICY
from service.formats.write import write_result
from service.jobs.models import Job, ResultFormat
from service.problems import Problem
from service.state import ServiceState, the_state

router = APIRouter(prefix=PATH, tags=["documents"])
Format = Annotated[ResultFormat | None, Query(description="Overrides Accept")]
# What a document says is shown as if it came from nowhere.
_HEADERS = {"html": {"Content-Security-Policy": f"{CONTENT_SECURITY_POLICY}; frame-ancestors 'none'; sandbox"}}
_CONTENT: dict[str, Any] = {media_type: {} for media_type in MEDIA_TYPES.values()}


@router.get("/{job_id}/result", response_class=Response, responses={200: {"content": _CONTENT}})
async def result(
    request: Request, job_id: str, format: Format = None, accept: Annotated[str, Header()] = "*/*"
) -> Response:
    """The text as Markdown, the document and its pages as JSON, its line of a Dolma dataset, HTML, or a DoclingDocument.

    409 while it is not finished, and 422 with the reasons for a document that failed.
    """
    state = the_state(request)
    job = (await find_job(state, job_id)).job
    chosen = format or choose_format(accept, job.options.formats)
    if chosen not in job.options.formats:
        raise Problem(406, f"this document is given as {', '.join(job.options.formats)}")
    record = await finished_record(state, job)
    body = await asyncio.to_thread(write_result, record, job, chosen, state.folder)
    return Response(body, headers=_HEADERS.get(chosen), media_type=MEDIA_TYPES[chosen])


async def finished_record(state: ServiceState, job: Job) -> DocumentRecord:
    """The record of a job that is done. Raises Problem for one that is not finished, or failed."""
    if not job.is_final:
        pages = "" if job.pages is None else f"; {job.pages_done} of {job.pages} pages are"
        raise Problem(409, f"the document is not finished{pages}: ask again, or add wait=SECONDS", {"Retry-After": "1"})
    reasons = [reason.model_dump() for reason in job.reasons]
    if job.state == "failed":
        detail = "; ".join(reason.message for reason in job.reasons)
        raise Problem(422, f"{job.filename} could not be read: {detail}", reasons=reasons)
    record = await load_record(state, job.id)
    if record is None:
        raise Problem(410, "the result was deleted: send the document again")
    return record


async def load_record(state: ServiceState, job_id: str) -> DocumentRecord | None:
    """The record of a job, or None if there is none."""
    try:
        data = await asyncio.to_thread(state.folder.result(job_id).read_bytes)
    except FileNotFoundError:
        return None
    return DocumentRecord.model_validate_json(data)
