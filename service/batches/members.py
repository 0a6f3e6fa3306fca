"""What a batch holds: the files of a form, and what is inside of archives among them. A bad file costs only itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

from olmocr_core.domain.errors import UnreadableDocument
from olmocr_core.domain.models import Document, ErrorInfo, Problem, Source
from olmocr_core.domain.settings import Limits
from olmocr_core.pdf.file_type import HEAD_BYTES
from olmocr_core.sources.archives import archive_format
from olmocr_core.sources.found import Found, NotFollowed
from service import problems
from service.batches.desk import Refused
from service.uploads.file_names import clean_file_name
from service.uploads.receive import ReceivedFile, Upload, identify


async def find_members(files: Sequence[ReceivedFile], place: Path, limits: Limits) -> list[Upload | Refused]:
    """The documents among files and in archives, which are unpacked below ``place``; never raises for what a client sent."""
    members: list[Upload | Refused] = []
    for file in files:
        found = await asyncio.to_thread(_unpack, file, place, limits)
        members += [await _identify(file)] if found is None else found
    return members


async def _identify(file: ReceivedFile) -> Upload | Refused:
    try:
        return await identify(file)
    except problems.Problem as problem:
        return _refuse(file.filename, problem.detail)


def _unpack(file: ReceivedFile, place: Path, limits: Limits) -> list[Upload | Refused] | None:
    """The members of an archive; None for a file that is none."""
    with file.path.open("rb") as stream:
        archive = archive_format(stream.read(HEAD_BYTES))
    if archive is None:
        return None
    source = Source(uri=file.filename, name=file.filename)
    return list(_members(archive.read(file.path, source, file.filename, place / "members", limits)))


def _members(found: Iterator[Found]) -> Iterator[Upload | Refused]:
    for one in found:
        if isinstance(one, Document):
            name = clean_file_name(one.sources[0].name)
            yield Upload(Path(one.location), one.doc_id, one.size_bytes, name, {})
        elif isinstance(one, Problem):
            yield Refused(clean_file_name(one.source.name), one.error)
        elif isinstance(one, NotFollowed):
            yield _refuse(clean_file_name(one.source.name), one.reason)


def _refuse(filename: str, reason: str) -> Refused:
    error = UnreadableDocument(reason)
    return Refused(filename, ErrorInfo(code=error.code, message=str(error)))
