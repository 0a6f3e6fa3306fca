"""Open WebUI's external document loader: ``PUT /process`` with a document in, one entry a page out."""

from __future__ import annotations

from fastapi import APIRouter, Request

from olmocr_core.domain.models import Frozen
from olmocr_core.publish.sanitize import scrub_text
from service.facades.converted import convert_body
from service.state import the_state

router = APIRouter(tags=["facades"])


class LoadedPage(Frozen):
    """A page as LangChain's loaders give it: ``page`` of the metadata counts from 0, ``page_label`` is what people say."""

    page_content: str
    metadata: dict[str, str | int]


@router.put("/process")
async def process(request: Request) -> list[LoadedPage]:
    """Send a document as the body, with its name in ``X-Filename``, and wait for its pages."""
    found = await convert_body(the_state(request), request)
    common = {"file_name": found.filename, "total_pages": found.record.page_count}
    return [
        LoadedPage(
            page_content=scrub_text(page.text),
            metadata={"page": page.number - 1, "page_label": str(page.number), **common},
        )
        for page in found.pages
    ]
