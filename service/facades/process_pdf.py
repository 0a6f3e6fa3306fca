"""``POST /process-pdf``: a form with a file in, ``{status, filename, result}`` out. The project began with this request."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request

from olmocr_core.domain.models import Frozen
from olmocr_core.publish.sanitize import scrub_text
from service.api.documents import submit_body
from service.api.options import Submission
from service.api.results import finished_record
from service.jobs.models import JobOptions
from service.problems import Problem
from service.state import the_state

router = APIRouter(tags=["facades"])


class ProcessedPdf(Frozen):
    """The answer: ``result`` is the document as Markdown."""

    status: Literal["success"] = "success"
    filename: str
    result: str


@router.post("/process-pdf")
async def process_pdf(request: Request) -> ProcessedPdf:
    """Send a document in the part ``file`` of a form and wait for its text. Other fields are ignored.

    504 after ``wait_seconds`` of the service: the document is read all the same, and the same request again has its text.
    """
    state = the_state(request)
    accepted = (await submit_body(state, request, Submission(JobOptions()))).job
    found = await state.desk.wait(accepted.id, state.settings.wait_seconds)
    if found is None or not found.job.is_final:
        detail = "the document is not finished; it goes on: send the same request again"
        raise Problem(504, detail, {"Retry-After": "5"}, id=accepted.id)
    record = await finished_record(state, found.job)
    is_partial = record.status in ("partial", "held_back")
    if is_partial and not state.settings.partial_is_success:
        raise Problem(422, f"{found.job.filename} is {record.status}: {'; '.join(record.reasons)}", id=accepted.id)
    return ProcessedPdf(filename=found.job.filename, result=scrub_text(record.text))
