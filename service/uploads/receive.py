"""Receive the body of a request: raw, or the files of a form, into files that do not outlive the block."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

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


class ReceivedFile(NamedTuple):
    """A file that has arrived, of any type."""

    path: Path
    filename: str


class Received(NamedTuple):
    """The files of a request in their order, at least one, and the fields of the form that held them.

    ``place``: the folder that holds the files, and goes with them. ``pairs``: the fields with all of their values.
    """

    files: Sequence[ReceivedFile]
    fields: dict[str, str]
    place: Path
    pairs: Sequence[tuple[str, str]] = ()


class UploadLimits(NamedTuple):
    """The largest body in bytes, how many seconds it may take to arrive, and the most files in it."""

    most_bytes: int
    seconds: float
    most_files: int = 1


@asynccontextmanager
async def receive_document(request: Request, folder: DataFolder, limits: UploadLimits) -> AsyncIterator[Upload]:
    """The document that a request sends. Raises Problem for what is too large, too slow, cut off, or no document."""
    async with receive_files(request, folder, limits) as received:
        yield await identify(received.files[0], received.fields)


@asynccontextmanager
async def receive_files(request: Request, folder: DataFolder, limits: UploadLimits) -> AsyncIterator[Received]:
    """The files that a request sends, of any type. Raises Problem for what is too large, too slow or cut off."""
    _check_announced_size(request, limits.most_bytes)
    content_type = request.headers.get("content-type", "")
    is_form = content_type.lower().startswith(MEDIA_TYPE)
    form = FormReader(content_type, limits.most_files) if is_form else None
    with folder.incoming_folder() as place:
        try:
            async with asyncio.timeout(limits.seconds):
                await _write_body(request, form, place, limits.most_bytes)
        except TimeoutError:
            raise Problem(408, f"the upload took longer than {limits.seconds:g} seconds; send it again") from None
        except ClientDisconnect:
            raise Problem(400, "the connection was closed before the upload was complete") from None
        names = form.filenames if form else [request.headers.get("x-filename")]
        files = [ReceivedFile(place / str(index), clean_file_name(name)) for index, name in enumerate(names)]
        yield Received(files, form.fields if form else {}, place, form.pairs if form else ())


async def identify(file: ReceivedFile, fields: dict[str, str] | None = None) -> Upload:
    """A file as a document. Raises Problem for one that is none."""
    size_bytes = await asyncio.to_thread(_check_type, file.path)
    sha256 = await asyncio.to_thread(file_digest, file.path)
    return Upload(file.path, sha256, size_bytes, file.filename, fields or {})


async def _write_body(request: Request, form: FormReader | None, place: Path, most_bytes: int) -> None:
    received = waiting = 0
    pieces: list[tuple[int, bytes]] = [(0, b"")] if form is None else []
    async for chunk in request.stream():
        received += len(chunk)
        if received > most_bytes:
            raise too_large(most_bytes)
        pieces += form.feed(chunk) if form else [(0, chunk)]
        waiting += len(chunk)
        if waiting >= _PIECE_BYTES:
            await asyncio.to_thread(_append, place, pieces)
            pieces, waiting = [], 0
    if form:
        form.finish()
        # A file without bytes has no piece.
        pieces += [(index, b"") for index in range(len(form.filenames))]
    await asyncio.to_thread(_append, place, pieces)


def _append(place: Path, pieces: Sequence[tuple[int, bytes]]) -> None:
    with explain_full_disk("the upload"):
        by_file: dict[int, list[bytes]] = {}
        for index, data in pieces:
            by_file.setdefault(index, []).append(data)
        for index, parts in by_file.items():
            with (place / str(index)).open("ab") as file:
                file.writelines(parts)


def _check_announced_size(request: Request, most_bytes: int) -> None:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > most_bytes:
        raise too_large(most_bytes)


def _check_type(path: Path) -> int:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise Problem(422, "the upload is empty: send a PDF or an image, as the body or in a form's part `file`")
    # Anything else could be a list of paths, or an archive.
    if sniff_kind(head) is None:
        raise Problem(415, not_a_document())
    return path.stat().st_size


def too_large(most_bytes: int) -> Problem:
    """What is said of a document over the limit."""
    return Problem(413, f"the upload is larger than {most_bytes / 1e6:,.0f} MB, the limit of this service")
