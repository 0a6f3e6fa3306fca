"""What all facades do: take documents in as native jobs, wait for them, and refuse what the settings do not call a success."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from fastapi import Request

from olmocr_core.domain.models import DocumentRecord
from olmocr_core.publish.sanitize import scrub_text
from service.api.results import finished_record
from service.formats.result_pages import ResultPage, list_result_pages
from service.jobs.models import Job, JobOptions
from service.problems import Problem
from service.state import ServiceState
from service.uploads.receive import Upload, receive_document


class Converted(NamedTuple):
    """A finished job, its record and its pages. ``filename`` is the one of this request: the same bytes may have others."""

    job: Job
    record: DocumentRecord
    pages: Sequence[ResultPage]
    filename: str

    @property
    def text(self) -> str:
        """The document as Markdown."""
        return scrub_text(self.record.text)

    @property
    def is_partial(self) -> bool:
        """Whether it lacks pages."""
        return self.record.status in ("partial", "held_back")


async def accept_upload(state: ServiceState, upload: Upload, options: JobOptions | None = None) -> Job:
    """The job of a document that has arrived. Raises Problem if no further one may wait."""
    return (await state.desk.accept(upload, options or JobOptions())).job


async def convert_body(state: ServiceState, request: Request) -> Converted:
    """The document in the body of a request, or in its form, once it is read. Raises Problem for any other end."""
    state.desk.check_room()
    async with receive_document(request, state.folder, state.upload_limits()) as upload:
        job = await accept_upload(state, upload)
    return refuse_partial(state, await convert(state, job, upload.filename))


async def convert(state: ServiceState, job: Job, filename: str = "") -> Converted:
    """A job with its pages, once it is done. Raises Problem for one that failed, was deleted, or takes too long."""
    return await load_converted(state, await wait_for_end(state, job), filename)


async def wait_for_end(state: ServiceState, job: Job) -> Job:
    """A job that has ended. Raises Problem after ``wait_seconds``: it goes on, and the same request finds it again."""
    found = await state.desk.wait(job.id, state.settings.wait_seconds)
    if found is None:
        raise Problem(410, "the document was deleted while this request waited for it")
    if not found.job.is_final:
        detail = "the document is not finished; it goes on: send the same request again"
        raise Problem(504, detail, {"Retry-After": "5"}, id=job.id)
    return found.job


async def load_converted(state: ServiceState, job: Job, filename: str = "") -> Converted:
    """A finished job with its pages. Raises Problem for one that is not finished, or failed."""
    record = await finished_record(state, job)
    pages = await asyncio.to_thread(list_result_pages, record, job, state.folder)
    return Converted(job, record, pages, filename or job.filename)


def refuse_partial(state: ServiceState, converted: Converted) -> Converted:
    """The same document. Raises Problem for one that lacks pages where the settings call that no success."""
    record = converted.record
    if converted.is_partial and not state.settings.partial_is_success:
        reasons = "; ".join(record.reasons)
        raise Problem(422, f"{converted.filename} is {record.status}: {reasons}", id=converted.job.id)
    return converted
