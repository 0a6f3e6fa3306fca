"""Documents inside of JSON: as base64, or as a URL that the settings allow the service to fetch."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from fastapi import Request

from olmocr_core.domain.json_parsing import InvalidJson, load_json
from olmocr_core.storage.full_disk import explain_full_disk
from service.facades.converted import accept_upload
from service.jobs.models import Job, JobOptions
from service.problems import Problem
from service.state import ServiceState
from service.uploads.fetch import fetch_document
from service.uploads.file_names import clean_file_name
from service.uploads.receive import ReceivedFile, UploadLimits, identify, receive_files

# Such a body is in memory as a whole, three times: as text, parsed, and decoded.
MOST_JSON_BYTES = 70_000_000
_T = TypeVar("_T")


class JsonSource(NamedTuple):
    """A document of a request: a file that has arrived, or a URL."""

    filename: str
    path: Path | None = None
    url: str = ""


@asynccontextmanager
async def receive_json(
    request: Request, state: ServiceState, read: Callable[[dict[str, Any], Path], _T]
) -> AsyncIterator[_T]:
    """What ``read`` makes of the JSON object in the body; it may write files below the path, which goes after the block.

    Raises Problem for a body that is no JSON object, or too large.
    """
    limits = state.upload_limits()
    limits = UploadLimits(min(MOST_JSON_BYTES, limits.most_bytes * 4 // 3 + 10_000), limits.seconds)
    async with receive_files(request, state.folder, limits) as received:
        async with request.app.state.json_gate:
            found = await asyncio.to_thread(_read, received.files[0].path, received.place, read)
        yield found


def _read(path: Path, place: Path, read: Callable[[dict[str, Any], Path], _T]) -> _T:
    try:
        body = load_json(path.read_bytes(), MOST_JSON_BYTES)
    except InvalidJson as error:
        raise Problem(422, f"the body is no JSON: {error}") from None
    if not isinstance(body, dict):
        raise Problem(422, "the body is no JSON object")
    return read(body, place)


def decode_document(encoded: object, path: Path, name: str) -> None:
    """Write the document behind base64 to ``path``. Raises Problem naming the field ``name`` if it is none."""
    if not isinstance(encoded, str):
        raise Problem(422, f"{name} is missing: the document as base64")
    try:
        data = base64.b64decode(encoded)
    except (binascii.Error, ValueError):
        raise Problem(422, f"{name} is no base64") from None
    with explain_full_disk("the upload"):
        path.write_bytes(data)


async def accept_source(state: ServiceState, source: JsonSource, options: JobOptions) -> Job:
    """The job of a source. Raises Problem for what is no document, for a URL that may not be fetched, and a full queue."""
    if source.path:
        upload = await identify(ReceivedFile(source.path, clean_file_name(source.filename)))
        return await accept_upload(state, upload, options)
    async with fetch_document(source.url, state.settings.url_hosts, state.folder, state.upload_limits()) as upload:
        return await accept_upload(state, upload, options)
