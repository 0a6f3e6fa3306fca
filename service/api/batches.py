"""Send many documents at once, ask for them, delete them: ``/v1/batches``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from service.api.batch_views import PATH, BatchView, view_batch
from service.api.documents import Wait, too_many_callbacks, view_now
from service.api.options import OPTIONS, read_submission
from service.api.results import load_record
from service.api.views import CallbackView, view_callback
from service.api.zip_stream import ZipStream, unique_name
from service.batches.desk import FoundBatch
from service.batches.members import find_members
from service.formats.write import write_result
from service.jobs.models import ResultFormat
from service.problems import Problem
from service.state import ServiceState, the_state
from service.uploads.receive import UploadLimits, receive_files

SUFFIXES: dict[ResultFormat, str] = {
    "markdown": ".md",
    "json": ".json",
    "dolma": ".jsonl",
    "html": ".html",
    "docling": ".docling.json",
}
router = APIRouter(prefix=PATH, tags=["batches"])
_BODY = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": ["files"],
            "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
        }
    },
    "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
}


@router.post(
    "",
    response_model=BatchView,
    responses={202: {"model": BatchView}},
    openapi_extra={"requestBody": {"content": _BODY}, "parameters": OPTIONS},
)
async def submit(request: Request, wait: Wait = 0) -> Response:
    """Send many files in one form, or an archive (tar, tar.gz, zip) as a file or as the body. Options are those of a document.

    Each document is a job as if it had been sent alone; a file that is no document costs only itself. The same documents with
    the same options are the same batch.
    """
    state = the_state(request)
    found = await _accept(state, request)
    if wait and not found.is_final:
        found = await state.batches.wait(found.batch.id, wait) or found
    shown = _view(state, found)
    headers = {"Location": shown.links["self"]} | ({} if found.is_final else {"Retry-After": "1"})
    return JSONResponse(shown.model_dump(mode="json"), 200 if found.is_final else 202, headers)


@router.get("/{batch_id}")
async def get(request: Request, batch_id: str, wait: Wait = 0) -> BatchView:
    """The state of a batch and of each document in it."""
    state = the_state(request)
    return _view(state, await _find(state, batch_id, wait))


@router.get(
    "/{batch_id}/result", response_class=StreamingResponse, responses={200: {"content": {"application/zip": {}}}}
)
async def result(
    request: Request, batch_id: str, format: Annotated[ResultFormat, Query()] = "markdown"
) -> StreamingResponse:
    """What is finished so far as a zip archive: a file for each document, and ``batch.json`` with the state of all."""
    state = the_state(request)
    found = await _find(state, batch_id)
    headers = {"Content-Disposition": f'attachment; filename="{found.batch.id}.zip"'}
    return StreamingResponse(_zip(state, found, format), media_type="application/zip", headers=headers)


@router.get("/{batch_id}/callbacks")
async def callbacks(request: Request, batch_id: str) -> list[CallbackView]:
    """The callbacks of a batch: whether they were taken, and what came back."""
    state = the_state(request)
    await _find(state, batch_id)
    return [view_callback(one) for one in await state.callbacks.of("batch", batch_id)]


@router.delete("/{batch_id}", status_code=204)
async def delete(request: Request, batch_id: str) -> None:
    """Cancel and forget a batch, and every document in it that no other batch holds."""
    if not await the_state(request).batches.forget(batch_id):
        raise _no_such_batch()


async def _accept(state: ServiceState, request: Request) -> FoundBatch:
    settings = state.settings
    limits = UploadLimits(settings.batch_mb * 1_000_000, settings.upload_seconds, settings.most_queued)
    unpacking = state.limits.model_copy(
        update={
            "archive_mb": min(state.limits.archive_mb, settings.batch_mb),
            "archive_members": min(state.limits.archive_members, 10 * settings.most_queued),
            "max_file_mb": min(state.limits.max_file_mb, settings.upload_mb),
        }
    )
    async with receive_files(request, state.folder, limits) as received:
        wanted = read_submission(state, request.query_params, received.fields)
        members = await find_members(received.files, received.place, unpacking)
        if len(members) > settings.most_queued:
            raise Problem(
                413, f"the batch holds {len(members)} documents; this service takes {settings.most_queued} at once"
            )
        if not members:
            raise Problem(422, "the archive holds no document")
        found = await state.batches.accept(members, wanted.options, wanted.priority)
        if wanted.callback and not await state.callbacks.add("batch", found.batch.id, wanted.callback):
            raise too_many_callbacks()
        return found


async def _find(state: ServiceState, batch_id: str, wait: float = 0) -> FoundBatch:
    found = await state.batches.wait(batch_id, wait) if wait else await state.batches.find(batch_id)
    if found is None:
        raise _no_such_batch()
    return found


def _view(state: ServiceState, found: FoundBatch) -> BatchView:
    return view_batch(found, {job_id: view_now(state, one) for job_id, one in found.jobs.items()})


async def _zip(state: ServiceState, found: FoundBatch, wanted: ResultFormat) -> AsyncIterator[bytes]:
    stream = ZipStream()
    taken = {"batch.json"}
    yield stream.add("batch.json", _view(state, found).model_dump_json(indent=2).encode())
    for item in found.batch.items:
        one = found.jobs.get(item.job or "")
        record = await load_record(state, one.job.id) if one and one.job.is_final else None
        if one and record:
            data = await asyncio.to_thread(write_result, record, one.job, wanted, state.folder)
            yield await asyncio.to_thread(stream.add, unique_name(item.filename, SUFFIXES[wanted], taken), data)
    yield stream.finish()


def _no_such_batch() -> Problem:
    return Problem(404, "there is no such batch: it was never sent, or it was deleted")
