"""What docling-serve answers: the state of a task, and results in the body or as a zip archive."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from fastapi import Response

from olmocr_core.publish.sanitize import scrub_text, to_json
from service.api.zip_stream import ZipStream, unique_name
from service.facades.converted import Converted, load_converted
from service.facades.docling_tasks import DoclingTask, ResultShape, format_task_id, no_such_task
from service.formats.html import write_html
from service.formats.write import docling_document, find_language
from service.jobs.desk import FoundJob
from service.jobs.models import Job
from service.problems import Problem
from service.state import ServiceState

_SUFFIXES = {"md": ".md", "json": ".json", "html": ".html", "text": ".txt"}
_NOT_YET = "Task result not found. Please wait for a completion status."


async def find_jobs(state: ServiceState, task: DoclingTask) -> list[FoundJob]:
    """The jobs of a task. Raises Problem if one of them is gone."""
    found = [await state.desk.find(job_id) for job_id in task.jobs]
    if any(one is None for one in found):
        raise no_such_task()
    return [one for one in found if one]


def task_status(state: ServiceState, task: DoclingTask, found: Sequence[FoundJob]) -> dict[str, Any]:
    """The state of a task: it has failed when every job of it has, or when a zip could not say what it lacks."""
    jobs = [one.job for one in found]
    failed = [job for job in jobs if job.state == "failed" or (task.shape.zipped and _is_refused(state, job))]
    ended = sum(job.is_final for job in jobs)
    positions = [state.runners.of(job).lanes.position(job.id) for job in jobs]
    reasons = "; ".join(f"{job.filename}: {reason.message}" for job in failed for reason in job.reasons)
    return {
        "task_id": format_task_id(task),
        "task_type": "convert",
        "task_status": _status_of(jobs, len(failed)),
        "task_position": min((place + 1 for place in positions if place is not None), default=None),
        "task_meta": {
            "num_docs": len(jobs),
            "num_processed": ended,
            "num_succeeded": ended - len(failed),
            "num_failed": len(failed),
        },
        "error_message": reasons or None,
    }


def _status_of(jobs: Sequence[Job], failed: int) -> str:
    if all(job.is_final for job in jobs):
        return "failure" if failed == len(jobs) else "success"
    return "started" if any(job.is_final or job.state == "running" for job in jobs) else "pending"


async def answer_later(state: ServiceState, task: DoclingTask, found: Sequence[FoundJob]) -> Response:
    """The result of a task. Raises Problem, in the words that docling's client knows, if there is none."""
    status = task_status(state, task, found)
    if status["task_status"] == "failure":
        raise Problem(404, f"Task result not found. {status['error_message']}")
    if status["task_status"] != "success":
        raise Problem(404, _NOT_YET, {"Retry-After": "1"})
    return await answer(state, task, [one.job for one in found])


async def answer(state: ServiceState, task: DoclingTask, jobs: Sequence[Job]) -> Response:
    """The result of jobs that have ended: of one in the body, of several as an archive."""
    if task.shape.zipped or len(jobs) > 1:
        return await _zip(state, task, jobs)
    body = await _in_body(state, task.shape, jobs[0], task.names[0])
    return Response(body, media_type="application/json")


async def _in_body(state: ServiceState, shape: ResultShape, job: Job, name: str) -> str:
    seconds = round((job.finished or job.created) - job.created, 3)
    if job.state == "failed":
        errors = [_error(f"{name}: {reason.message}") for reason in job.reasons]
        return to_json(_body(name, {}, "failure", errors, seconds))
    found = await load_converted(state, job, name)
    contents = await asyncio.to_thread(_contents, found, shape)
    status = "partial_success" if _is_refused(state, job) else "success"
    return to_json(_body(name, contents, status, _errors(found), seconds))


def _body(filename: str, contents: dict[str, Any], status: str, errors: list[Any], seconds: float) -> dict[str, Any]:
    names = ("md", "json", "html", "text", "doctags")
    document = {"filename": filename} | {f"{name}_content": contents.get(name) for name in names}
    return {"document": document, "status": status, "errors": errors, "processing_time": seconds, "timings": {}}


def _contents(found: Converted, shape: ResultShape) -> dict[str, Any]:
    return {name: _write(found, name, shape.page_break) for name in shape.formats}


def _write(found: Converted, name: str, page_break: str) -> Any:
    if name == "json":
        return docling_document(found.record, found.job, found.pages, found.filename)
    if name == "html":
        return write_html(found.filename, find_language(found.record), found.pages)
    return _markdown(found, page_break) if name == "md" else found.text


def _markdown(found: Converted, page_break: str) -> str:
    """The text; with a mark between its pages, of which no page has one itself."""
    if not page_break:
        return found.text
    pages = (scrub_text(page.text).replace(page_break, " ") for page in found.pages)
    return f"\n\n{page_break}\n\n".join(pages)


def _errors(found: Converted) -> list[dict[str, Any]]:
    pages = [_error(page.error.message) | {"page_no": page.page_number} for page in found.record.pages if page.error]
    return pages + ([_error(reason) for reason in found.record.reasons] if found.is_partial else [])


def _error(message: str) -> dict[str, Any]:
    return {"component_type": "pipeline", "module_name": "olmocr-flows", "error_message": message}


def _is_refused(state: ServiceState, job: Job) -> bool:
    """Whether a job lacks pages, and the settings call that no success."""
    return job.document_status in ("partial", "held_back") and not state.settings.partial_is_success


async def _zip(state: ServiceState, task: DoclingTask, jobs: Sequence[Job]) -> Response:
    """A file for each document and format. A document that failed has none."""
    stream, taken, parts = ZipStream(), set[str](), []
    for job, filename in zip(jobs, task.names, strict=True):
        if job.state == "failed" or _is_refused(state, job):
            continue
        found = await load_converted(state, job, filename)
        contents = await asyncio.to_thread(_contents, found, task.shape)
        stem = PurePosixPath(filename).stem or filename
        for name, content in contents.items():
            data = (content if isinstance(content, str) else to_json(content)).encode()
            parts.append(await asyncio.to_thread(stream.add, unique_name(stem, _SUFFIXES[name], taken), data))
    if not parts:
        raise Problem(422, "; ".join(f"{job.filename}: {one.message}" for job in jobs for one in job.reasons))
    headers = {"Content-Disposition": 'attachment; filename="converted_docs.zip"'}
    return Response(b"".join([*parts, stream.finish()]), headers=headers, media_type="application/zip")
