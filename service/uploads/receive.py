"""Receive the body of a request: raw, or the file of a form, into a file that does not outlive the block."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from fastapi import Request
from starlette.requests import ClientDisconnect

from olmocr_core.domain.identity import file_digest
from olmocr_core.pdf.file_type import HEAD_BYTES, not_a_document, sniff_kind
from olmocr_core.storage.full_disk import explain_full_disk
from service.jobs.data_folder import DataFolder
from service.problems import Problem
from service.uploads.file_names import clean_file_name
from service.uploads.multipart import MEDIA_TYPE, FormReader

# Larger pieces than a network gives: a piece is written in a thread.
_PIECE_BYTES = 1 << 20


class Upload(NamedTuple):
    """A document that has arrived: its bytes on the disk, and the fields of the form that held it."""

    path: Path
    sha256: str
    size_bytes: int
    filename: str
    fields: dict[str, str]


class UploadLimits(NamedTuple):
    """The largest body in bytes, and how many seconds it may take to arrive."""

    most_bytes: int
    seconds: float


@asynccontextmanager
async def receive_document(request: Request, folder: DataFolder, limits: UploadLimits) -> AsyncIterator[Upload]:
    """The document that a request sends. Raises Problem for what is too large, too slow, cut off, or no document."""
    _check_announced_size(request, limits.most_bytes)
    content_type = request.headers.get("content-type", "")
    form = FormReader(content_type) if content_type.lower().startswith(MEDIA_TYPE) else None
    with folder.incoming_file() as path:
        try:
            async with asyncio.timeout(limits.seconds):
                await _write_body(request, form, path, limits.most_bytes)
        except TimeoutError:
            raise Problem(408, f"the upload took longer than {limits.seconds:g} seconds; send it again") from None
        except ClientDisconnect:
            raise Problem(400, "the connection was closed before the upload was complete") from None
        filename = form.filename if form else request.headers.get("x-filename")
        size_bytes = await asyncio.to_thread(_check_type, path)
        sha256 = await asyncio.to_thread(file_digest, path)
        yield Upload(path, sha256, size_bytes, clean_file_name(filename), form.fields if form else {})


async def _write_body(request: Request, form: FormReader | None, path: Path, most_bytes: int) -> None:
    received = 0
    piece = bytearray()
    with explain_full_disk("the upload"), path.open("xb") as file:
        async for chunk in request.stream():
            received += len(chunk)
            if received > most_bytes:
                raise _too_large(most_bytes)
            piece += form.feed(chunk) if form else chunk
            if len(piece) >= _PIECE_BYTES:
                piece = await _write(file, piece)
        if form:
            form.finish()
        await _write(file, piece)


async def _write(file: BinaryIO, piece: bytearray) -> bytearray:
    await asyncio.to_thread(file.write, piece)
    return bytearray()


def _check_announced_size(request: Request, most_bytes: int) -> None:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > most_bytes:
        raise _too_large(most_bytes)


def _check_type(path: Path) -> int:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise Problem(422, "the upload is empty: send a PDF or an image, as the body or in a form's part `file`")
    # Anything else could be a list of paths, or an archive.
    if sniff_kind(head) is None:
        raise Problem(415, not_a_document())
    return path.stat().st_size


def _too_large(most_bytes: int) -> Problem:
    return Problem(413, f"the upload is larger than {most_bytes / 1e6:,.0f} MB, the limit of this service")
