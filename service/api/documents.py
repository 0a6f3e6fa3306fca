"""Send a document, ask for it, delete it: ``/v1/documents``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from service.api.find import find_job, no_such_document
from service.api.options import OPTIONS, Submission, read_submission
from service.api.views import PATH, CallbackView, JobView, view, view_callback
from service.callbacks.sender import MOST_WAITING
from service.jobs.desk import FoundJob
from service.problems import Problem
from service.state import ServiceState, the_state
from service.uploads.fetch import fetch_document
from service.uploads.receive import Upload, receive_document

router = APIRouter(prefix=PATH, tags=["documents"])
Wait = Annotated[float, Query(ge=0, le=300, description="Seconds to wait for the end; waiting never cancels")]
Sha256 = Annotated[str, Query(pattern="^[0-9a-f]{64}$", description="The sha256 of the document's bytes")]
Url = Annotated[
    str, Query(max_length=4000, description="Where the service fetches the document, if its settings allow it")
]
_BODY = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "format": "binary"}},
        }
    },
    "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
}


@router.post(
    "",
    response_model=JobView,
    responses={202: {"model": JobView}},
    openapi_extra={"requestBody": {"content": _BODY}, "parameters": OPTIONS},
)
async def submit(request: Request, wait: Wait = 0, sha256: Sha256 | None = None, url: Url | None = None) -> Response:
    """Send a PDF or image: as the body, with its name in ``X-Filename``, or as the part ``file`` of a form.

    With ``sha256`` and without a body, a document that the service holds is taken; with ``url``, it is fetched. The same bytes
    with the same options are the same document. 200 when it has ended within ``wait`` seconds, else 202; it goes on either way.
    """
    state = the_state(request)
    if sha256:
        found = await submit_held(state, request, sha256)
    else:
        found = await (submit_url(state, request, url) if url else submit_body(state, request))
    if wait and not found.job.is_final:
        found = await state.desk.wait(found.job.id, wait) or _raise_cancelled()
    return _answer(state, found)


@router.head("", include_in_schema=False)
@router.get("")
async def ask(request: Request, sha256: Sha256) -> list[JobView]:
    """Ask whether the service holds a document, before it is sent: its jobs, or 404."""
    state = the_state(request)
    found = await state.desk.of_document(sha256)
    if not found:
        raise Problem(404, "the service does not hold this document: send it")
    return [view_now(state, one) for one in found]


@router.get("/{job_id}")
async def get(request: Request, job_id: str, wait: Wait = 0) -> JobView:
    """The state of a document; with ``wait`` once it has ended, or as it is after that time."""
    state = the_state(request)
    found = await find_job(state, job_id)
    if wait and not found.job.is_final:
        found = await state.desk.wait(job_id, wait) or _raise_cancelled()
    return view_now(state, found)


@router.get("/{job_id}/callbacks")
async def callbacks(request: Request, job_id: str) -> list[CallbackView]:
    """The callbacks of a document: whether they were taken, and what came back."""
    state = the_state(request)
    await find_job(state, job_id)
    return [view_callback(one) for one in await state.callbacks.of("document", job_id)]


@router.delete("/{job_id}", status_code=204)
async def delete(request: Request, job_id: str) -> None:
    """Cancel and forget: the document, its pages and its result are deleted, unless other options need them."""
    if not await the_state(request).desk.forget(job_id):
        raise no_such_document()


async def submit_body(state: ServiceState, request: Request) -> FoundJob:
    """Accept the document in the body of a request, with the options in its query and form.

    Raises Problem for a body that is no document, too large, or one too many.
    """
    state.desk.check_room()
    async with receive_document(request, state.folder, state.upload_limits()) as upload:
        return await _accept(state, upload, read_submission(state, request.query_params, upload.fields))


async def submit_url(state: ServiceState, request: Request, url: str) -> FoundJob:
    """Fetch and accept the document at a URL. Raises Problem for one that the settings do not allow, or that has none."""
    wanted = read_submission(state, request.query_params)
    state.desk.check_room()
    async with fetch_document(url, state.settings.url_hosts, state.folder, state.upload_limits()) as upload:
        return await _accept(state, upload, wanted)


async def submit_held(state: ServiceState, request: Request, sha256: str) -> FoundJob:
    """Accept a document that the service holds. Raises Problem if it does not."""
    wanted = read_submission(state, request.query_params)
    found = await state.desk.accept_held(sha256, wanted.options, wanted.priority)
    if found is None:
        raise Problem(404, "the service does not hold this document: send its bytes")
    return await call_back(state, found, wanted)


async def call_back(state: ServiceState, found: FoundJob, wanted: Submission) -> FoundJob:
    """Let a job call back as its client asked; the job again. It is stored when this returns."""
    if wanted.callback and not await state.callbacks.add("document", found.job.id, wanted.callback):
        raise too_many_callbacks()
    return found


async def _accept(state: ServiceState, upload: Upload, wanted: Submission) -> FoundJob:
    return await call_back(state, await state.desk.accept(upload, wanted.options, wanted.priority), wanted)


def _answer(state: ServiceState, found: FoundJob) -> Response:
    shown = view_now(state, found)
    headers = {"Location": shown.links.self} | ({} if found.job.is_final else {"Retry-After": "1"})
    return JSONResponse(shown.model_dump(mode="json"), 200 if found.job.is_final else 202, headers)


def view_now(state: ServiceState, found: FoundJob) -> JobView:
    """The view of a job as it is now, with its place and its estimate."""
    runner = state.runners.of(found.job)
    return view(found.job, runner.lanes.position(found.job.id), runner.estimate(found.job.id))


def too_many_callbacks() -> Problem:
    """What is said where no further callback may wait."""
    return Problem(429, f"{MOST_WAITING} callbacks of it wait already", {"Retry-After": "30"})


def _raise_cancelled() -> FoundJob:
    raise Problem(410, "the document was deleted while this request waited for it")
