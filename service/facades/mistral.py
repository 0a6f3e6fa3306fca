"""Mistral's OCR API as its clients use it: ``/v1/ocr``, and ``/v1/files`` with links for it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse

from service.facades.converted import accept_upload, convert, refuse_partial
from service.facades.json_documents import JsonSource, accept_source, decode_document, receive_json
from service.facades.mistral_files import (
    CONTENT,
    StoredFile,
    find_file,
    forget_file,
    read_link,
    sign_link,
    store_file,
)
from service.facades.mistral_pages import ocr_response
from service.jobs.models import Job, JobOptions
from service.jobs.page_ranges import LAST_PAGE, format_page_ranges
from service.problems import Problem
from service.state import ServiceState, the_state
from service.uploads.receive import receive_document

router = APIRouter(prefix="/v1", tags=["facades"])
MODEL = "mistral-ocr-latest"
_PAGES = re.compile(r"\s*(\d{1,6})\s*(?:-\s*(\d{1,6})\s*)?")
_MOST_PAGES = 100_000


class OcrRequest(NamedTuple):
    """A document, or the id of its file, and what is wanted of it."""

    source: JsonSource | None
    file_id: str
    options: JobOptions
    include_blocks: bool


@router.post("/ocr")
async def ocr(request: Request) -> dict[str, Any]:
    """Read a document: a data URL, a link to a file that was sent, a ``file_id``, or a URL that the settings allow."""
    state = the_state(request)
    async with receive_json(request, state, _read_request) as wanted:
        job = await _accept(state, wanted)
    found = refuse_partial(state, await convert(state, job))
    return ocr_response(found, include_blocks=wanted.include_blocks)


@router.post("/files")
async def send_file(request: Request) -> dict[str, Any]:
    """Send a document in the part ``file`` of a form. It is read from now on; its id is for ``/v1/ocr``."""
    state = the_state(request)
    async with receive_document(request, state.folder, state.upload_limits()) as upload:
        job = await accept_upload(state, upload)
        purpose = upload.fields.get("purpose", "ocr")[:50]
        return _view(await store_file(state.folder, job, upload.filename, purpose))


@router.get("/files/{file_id}")
async def get_file(request: Request, file_id: str) -> dict[str, Any]:
    """What is known of a file."""
    return _view(await find_file(the_state(request).folder, file_id)) | {"deleted": False}


@router.get("/files/{file_id}/url")
async def get_link(request: Request, file_id: str, expiry: Annotated[int, Query(ge=0)] = 24) -> dict[str, str]:
    """A link to a file for ``expiry`` hours, at most a week, which ``/v1/ocr`` of this service takes."""
    state = the_state(request)
    stored = await find_file(state.folder, file_id)
    base = state.settings.base_url or str(request.base_url)
    return {"url": f"{base.rstrip('/')}{sign_link(stored.id, expiry)}"}


@router.get(
    CONTENT.removeprefix("/v1"),
    response_class=FileResponse,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
async def download(request: Request, file_id: str) -> FileResponse:
    """The bytes of a file, for those who have a key, with or without a link."""
    state = the_state(request)
    stored = await find_file(state.folder, file_id)
    path = state.folder.document(stored.document)
    if not path.is_file():
        raise _gone()
    return FileResponse(path, media_type="application/octet-stream", filename=stored.filename)


@router.delete("/files/{file_id}")
async def delete_file(request: Request, file_id: str) -> dict[str, Any]:
    """Forget a file's id. The document's result stays, so that the same bytes are not read again."""
    await forget_file(the_state(request).folder, file_id)
    return {"id": file_id, "object": "file", "deleted": True}


@router.get("/models")
async def models() -> dict[str, Any]:
    """The one name that clients may ask for; which model reads is the service's affair."""
    capabilities = {"completion_chat": False, "vision": True, "ocr": True}
    model = {"id": MODEL, "object": "model", "type": "base", "created": 0, "owned_by": "olmocr-flows"}
    return {"object": "list", "data": [model | {"capabilities": capabilities}]}


async def _accept(state: ServiceState, wanted: OcrRequest) -> Job:
    file_id = wanted.file_id or (read_link(wanted.source.url) if wanted.source and wanted.source.url else None)
    if not file_id:
        assert wanted.source
        return await accept_source(state, wanted.source, wanted.options)
    stored = await find_file(state.folder, file_id)
    found = await state.desk.accept_held(stored.document, wanted.options)
    if found is None:
        raise _gone()
    return found.job


def _read_request(body: dict[str, Any], place: Path) -> OcrRequest:
    document, pages = body.get("document"), JobOptions(pages=_read_pages(body.get("pages")))
    if not isinstance(document, dict):
        raise Problem(422, "document is missing: an object with document_url, image_url or file_id")
    include_blocks = body.get("include_blocks") is not False
    if isinstance(file_id := document.get("file_id"), str):
        return OcrRequest(None, file_id, pages, include_blocks)
    url = document.get("document_url") or document.get("image_url")
    url = url.get("url") if isinstance(url, dict) else url
    if not isinstance(url, str):
        raise Problem(422, "document: give document_url, image_url or file_id")
    name = str(document.get("document_name") or "")
    if url[:5].lower() != "data:":
        return OcrRequest(JsonSource(name, url=url), "", pages, include_blocks)
    head, comma, encoded = url.partition(",")
    if not comma or not head.lower().endswith(";base64"):
        raise Problem(422, "document: a data URL is data:TYPE;base64,DATA")
    decode_document(encoded, place / "document", "document")
    return OcrRequest(JsonSource(name, place / "document"), "", pages, include_blocks)


def _read_pages(given: object) -> str:
    """Pages from 0 (numbers, or ``0,2-4``) as the service counts them."""
    if given is None:
        return ""
    parts = given if isinstance(given, list) else str(given).split(",")
    ranges = [_PAGES.fullmatch(str(part)) for part in parts[:_MOST_PAGES]]
    found = [(int(one[1]) + 1, int(one[2] or one[1]) + 1) for one in ranges if one]
    if not found or len(found) < len(parts) or any(last < first or last > LAST_PAGE for first, last in found):
        raise Problem(422, "pages: numbers from 0, as a list or as 0,2-4")
    try:
        return JobOptions(pages=format_page_ranges(found)).pages
    except ValueError as error:
        raise Problem(422, "pages: too many of them") from error


def _view(stored: StoredFile) -> dict[str, Any]:
    return {
        "id": stored.id,
        "object": "file",
        "bytes": stored.size_bytes,
        "created_at": stored.created_at,
        "filename": stored.filename,
        "purpose": stored.purpose,
        "sample_type": "ocr_input",
        "source": "upload",
    }


def _gone() -> Problem:
    return Problem(404, "the document of this file was deleted: send it again")
