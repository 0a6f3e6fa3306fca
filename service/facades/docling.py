"""docling-serve's API, version 1, as its clients use it: convert files and sources, at once or as tasks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from olmocr_core.stages.begin_run import project_version
from service.facades.converted import accept_upload, wait_for_end
from service.facades.docling_answers import answer, answer_later, find_jobs, task_status
from service.facades.docling_tasks import (
    DoclingTask,
    ResultShape,
    join_pairs,
    parse_task_id,
    read_job_options,
    read_shape,
)
from service.facades.json_documents import JsonSource, accept_source, decode_document, receive_json
from service.jobs.models import Job, JobOptions
from service.problems import Problem
from service.state import ServiceState, the_state
from service.uploads.file_names import clean_file_name
from service.uploads.receive import identify, receive_files

router = APIRouter(tags=["facades"])
_MOST_FILES = 10
_CONTENT: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {}, "application/zip": {}}}}
_FORM = {
    "requestBody": {
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                }
            }
        }
    }
}
_JSON = {"requestBody": {"content": {"application/json": {"schema": {"type": "object", "required": ["sources"]}}}}}
Wait = Annotated[float, Query(ge=0, le=300)]


@router.get("/version")
async def version() -> dict[str, str]:
    """What answers here."""
    return {"olmocr-flows": project_version()}


@router.post("/v1/convert/file", response_class=Response, responses=_CONTENT, openapi_extra=_FORM)
async def convert_file(request: Request) -> Response:
    """Send documents in the parts ``files`` of a form, and wait for the result. Options that this service lacks are ignored."""
    state = the_state(request)
    return await _wait(state, *await _accept_form(state, request))


@router.post("/v1/convert/file/async", openapi_extra=_FORM)
async def convert_file_async(request: Request) -> dict[str, Any]:
    """The same as a task, whose state comes at once."""
    state = the_state(request)
    return await _state_of(state, (await _accept_form(state, request))[0])


@router.post("/v1/convert/source", response_class=Response, responses=_CONTENT, openapi_extra=_JSON)
async def convert_source(request: Request) -> Response:
    """Send documents as base64 in JSON, or URLs that the settings allow, and wait for the result."""
    state = the_state(request)
    return await _wait(state, *await _accept_json(state, request))


@router.post("/v1/convert/source/async", openapi_extra=_JSON)
async def convert_source_async(request: Request) -> dict[str, Any]:
    """The same as a task, whose state comes at once."""
    state = the_state(request)
    return await _state_of(state, (await _accept_json(state, request))[0])


@router.get("/v1/status/poll/{task_id}")
async def poll(request: Request, task_id: str, wait: Wait = 0) -> dict[str, Any]:
    """The state of a task; with ``wait`` once it has ended, or as it is after that time."""
    state, task = the_state(request), parse_task_id(task_id)
    for one in await find_jobs(state, task):
        if wait and not one.job.is_final:
            await state.desk.wait(one.job.id, wait)
            break
    return await _state_of(state, task)


@router.get("/v1/result/{task_id}", response_class=Response, responses=_CONTENT)
async def result(request: Request, task_id: str) -> Response:
    """The result of a task that has ended, as often as it is asked for."""
    state, task = the_state(request), parse_task_id(task_id)
    return await answer_later(state, task, await find_jobs(state, task))


async def _state_of(state: ServiceState, task: DoclingTask) -> dict[str, Any]:
    return task_status(state, task, await find_jobs(state, task))


async def _wait(state: ServiceState, task: DoclingTask, jobs: list[Job]) -> Response:
    return await answer(state, task, [await wait_for_end(state, job) for job in jobs])


async def _accept_form(state: ServiceState, request: Request) -> tuple[DoclingTask, list[Job]]:
    async with receive_files(request, state.folder, state.upload_limits(_MOST_FILES)) as received:
        fields = join_pairs(received.pairs)
        shape, options = read_shape(fields, fields.get("target_type")), read_job_options(fields)
        uploads = [await identify(file) for file in received.files]
        jobs = [await accept_upload(state, upload, options) for upload in uploads]
    return DoclingTask(tuple(job.id for job in jobs), tuple(one.filename for one in uploads), shape), jobs


async def _accept_json(state: ServiceState, request: Request) -> tuple[DoclingTask, list[Job]]:
    async with receive_json(request, state, _read_request) as (sources, shape, options):
        jobs = [await accept_source(state, source, options) for source in sources]
    # A document that was fetched has the name of its URL.
    names = [
        clean_file_name(one.filename) if one.path else job.filename for one, job in zip(sources, jobs, strict=True)
    ]
    return DoclingTask(tuple(job.id for job in jobs), tuple(names), shape), jobs


def _read_request(body: dict[str, Any], place: Path) -> tuple[list[JsonSource], ResultShape, JobOptions]:
    options, target, sources = body.get("options") or {}, body.get("target") or {}, body.get("sources")
    if not isinstance(options, dict) or not isinstance(target, dict):
        raise Problem(422, "options and target are objects")
    if not isinstance(sources, list) or not 1 <= len(sources) <= _MOST_FILES:
        raise Problem(422, f"sources: give 1 to {_MOST_FILES} of them")
    found = [_read_source(source, place / f"source-{index}") for index, source in enumerate(sources)]
    return found, read_shape(options, target.get("kind")), read_job_options(options)


def _read_source(source: object, path: Path) -> JsonSource:
    if isinstance(source, dict) and source.get("kind") == "file":
        decode_document(source.get("base64_string"), path, "sources: base64_string")
        return JsonSource(str(source.get("filename") or ""), path)
    if isinstance(source, dict) and source.get("kind") == "http" and isinstance(source.get("url"), str):
        return JsonSource("", url=source["url"])
    raise Problem(422, "sources: this service takes the kinds file (with base64_string) and http (with url)")
