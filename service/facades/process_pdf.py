"""``POST /process-pdf``: a form with a file in, ``{status, filename, result}`` out. The project began with this request."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request

from olmocr_core.domain.models import Frozen
from service.facades.converted import convert_body
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
    found = await convert_body(the_state(request), request)
    return ProcessedPdf(filename=found.filename, result=found.text)
