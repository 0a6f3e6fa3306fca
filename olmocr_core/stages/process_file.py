"""One document without an orchestrator: ``process_pdf_file`` and its async twin, for notebooks and services."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from os import PathLike, fspath
from pathlib import Path

from olmocr_core.documents.records import build_record
from olmocr_core.domain.errors import UnreadableDocument, error_from_code, may_pass
from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.models import Document, DocumentRecord, ErrorInfo
from olmocr_core.domain.ports import Engine
from olmocr_core.domain.settings import Settings
from olmocr_core.reading.read_slice import read_slice
from olmocr_core.reading.slices import make_page_ref
from olmocr_core.sources import collect
from olmocr_core.storage.paths import is_remote_uri
from olmocr_core.storage.runs import Workspace
from olmocr_core.storage.temporary_files import temporary_folder
from olmocr_core.wiring import Runtime, open_runtime, open_workspace


def process_pdf_file(
    path: str | PathLike[str],
    *,
    settings: Settings | None = None,
    workspace: str | PathLike[str] | None = None,
    passwords: Sequence[str] = (),
    engine: Engine | None = None,
) -> DocumentRecord:
    """Read one PDF or image into a document record; works with and without a running event loop.

    Args:
        path: The file, or ``s3://bucket/key``.
        settings: How to read it; by default the settings of profile and environment.
        workspace: Where finished pages are kept, so that a second call is instant; a temporary folder when left out.
        passwords: Tried on an encrypted document after the empty one.
        engine: The engine that reads the pages; by default the one in the settings.

    Raises UnreadableDocument if the file is missing, empty or of an unknown type, DocumentUnavailable if it can no longer
    be read or is written meanwhile, and SliceError for an engine or a store that is away: call it again. Every other
    document has a record; its ``status`` and ``reasons`` say what is wrong with it.
    """
    outcome: list[DocumentRecord | BaseException] = []

    def run() -> None:
        try:
            outcome.append(
                asyncio.run(
                    process_pdf_file_async(
                        path, settings=settings, workspace=workspace, passwords=passwords, engine=engine
                    )
                )
            )
        except BaseException as error:  # noqa: BLE001 - the boundary of a thread: raised again in the caller's
            outcome.append(error)

    # A thread of its own has no running loop, whatever the caller's has.
    thread = threading.Thread(target=run, name="process_pdf_file")
    thread.start()
    thread.join()
    result = outcome[0]
    if isinstance(result, BaseException):
        raise result
    return result


async def process_pdf_file_async(
    path: str | PathLike[str],
    *,
    settings: Settings | None = None,
    workspace: str | PathLike[str] | None = None,
    passwords: Sequence[str] = (),
    engine: Engine | None = None,
) -> DocumentRecord:
    """The same as ``process_pdf_file``, for callers with an event loop."""
    settings = settings or load_settings()
    with _workspace(workspace) as place:
        async with open_runtime(settings, place, tuple(passwords), engine) as runtime:
            document = await _identify(fspath(path), runtime)
            return await _read(document, runtime)


@contextmanager
def _workspace(folder: str | PathLike[str] | None) -> Iterator[Workspace]:
    """The workspace in ``folder``, or a temporary one for the time of the block."""
    if folder:
        yield open_workspace(fspath(folder))
        return
    with temporary_folder("olmocr-document-") as scratch:
        yield Workspace(scratch)


async def _identify(path: str, runtime: Runtime) -> Document:
    if not is_remote_uri(path) and not await asyncio.to_thread(Path(path).is_file):
        raise UnreadableDocument(f"{path}: there is no such file")
    collected = await collect([path], runtime.workspace.inputs, runtime.settings.limits, runtime.fetcher)
    if not collected.documents:
        error = collected.problems[0].error if collected.problems else None
        _raise_unavailable(error)
        raise UnreadableDocument(error.message if error else f"{path}: not a document")
    return collected.documents[0]


def _raise_unavailable(error: ErrorInfo | None) -> None:
    if error and may_pass(error.code):
        raise error_from_code(error.code, error.message)


async def _read(document: Document, runtime: Runtime) -> DocumentRecord:
    info = await runtime.reader.inspect(document)
    _raise_unavailable(info.error)
    numbers = range(1, info.pages + 1) if not info.error else range(0)
    report = await read_slice([make_page_ref(document, number) for number in numbers], runtime.read_context)
    _raise_unavailable(report.unavailable.get(document.doc_id))
    found = [await runtime.cache.get(document.doc_id, number) for number in numbers]
    records = [record for record in found if record is not None]
    return build_record(document, info, records, runtime.settings.quality, runtime.detector.detect)
