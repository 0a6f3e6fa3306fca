"""MinerU 3's ``POST /file_parse``: documents in a form, Markdown by name out, or a zip archive."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from fastapi import APIRouter, Request, Response

from olmocr_core.publish.sanitize import to_json
from olmocr_core.stages.begin_run import project_version
from service.api.zip_stream import ZipStream, unique_name
from service.facades.converted import Converted, accept_upload, convert, refuse_partial
from service.facades.mineru_content import list_content
from service.jobs.models import JobOptions
from service.jobs.page_ranges import LAST_PAGE
from service.problems import Problem
from service.state import the_state
from service.uploads.receive import identify, receive_files

router = APIRouter(tags=["facades"])
_MOST_FILES = 10
_CONTENT: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {}, "application/zip": {}}}}
_TRUE = frozenset({"true", "1", "yes", "on"})


@router.post("/file_parse", response_class=Response, responses=_CONTENT)
async def file_parse(request: Request) -> Response:
    """Send documents in the parts ``files`` of a form, and wait for their text. Options that this service lacks are ignored."""
    state = the_state(request)
    async with receive_files(request, state.folder, state.upload_limits(_MOST_FILES)) as received:
        fields, options = received.fields, _read_options(received.fields)
        uploads = [await identify(file) for file in received.files]
        jobs = [await accept_upload(state, upload, options) for upload in uploads]
    names = [upload.filename for upload in uploads]
    found = [refuse_partial(state, await convert(state, *one)) for one in zip(jobs, names, strict=True)]
    if fields.get("response_format_zip", "").lower() in _TRUE:
        return Response(await asyncio.to_thread(_zip, found), media_type="application/zip")
    body = {"backend": "olmocr-flows", "version": project_version(), "results": _results(found, fields)}
    return Response(to_json(body), media_type="application/json")


def _read_options(fields: Mapping[str, str]) -> JobOptions:
    """First and last page count from 0; a last page beyond the document is its end."""
    given = (fields.get("start_page_id", "0"), fields.get("end_page_id", str(LAST_PAGE)))
    if not all(page.isascii() and page.isdigit() and len(page) < 12 for page in given):
        raise Problem(422, "start_page_id and end_page_id are numbers from 0")
    first, last = (min(int(page) + 1, LAST_PAGE) for page in given)
    if last < first:
        raise Problem(422, "end_page_id is smaller than start_page_id")
    # Clients send 99999 for the end.
    return JobOptions() if first == 1 and last >= 99_999 else JobOptions(pages=f"{first}-{last}")


def _results(found: Sequence[Converted], fields: Mapping[str, str]) -> dict[str, Any]:
    taken: set[str] = set()
    results = {}
    for one in found:
        values: dict[str, Any] = {}
        if fields.get("return_md", "true").lower() in _TRUE:
            values["md_content"] = one.text
        if fields.get("return_content_list", "").lower() in _TRUE:
            values["content_list"] = to_json(list_content(one.pages))
        results[unique_name(_stem(one), "", taken)] = values
    return results


def _zip(found: Sequence[Converted]) -> bytes:
    stream, taken, parts = ZipStream(), set[str](), []
    for one in found:
        name = unique_name(_stem(one), "", taken)
        parts.append(stream.add(f"{name}/{name}.md", one.text.encode()))
        parts.append(stream.add(f"{name}/{name}_content_list.json", to_json(list_content(one.pages)).encode()))
    return b"".join([*parts, stream.finish()])


def _stem(found: Converted) -> str:
    return PurePosixPath(found.filename).stem or found.filename
