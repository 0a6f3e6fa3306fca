"""Documents one after the other, or side by side, without an orchestrator: workers and models are started once and stay."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from os import PathLike, fspath
from pathlib import Path

from anyio.from_thread import BlockingPortal, start_blocking_portal

from olmocr_core.documents.records import build_record
from olmocr_core.domain.errors import UnreadableDocument, error_from_code, may_pass
from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.models import Document, DocumentInfo, DocumentRecord, ErrorInfo, PageRecord, PageRef
from olmocr_core.domain.ports import Engine
from olmocr_core.domain.settings import Settings
from olmocr_core.reading.read_slice import read_or_load, read_slice
from olmocr_core.reading.slices import make_page_ref
from olmocr_core.sources import collect
from olmocr_core.stages.documents import inspect_document
from olmocr_core.storage.paths import is_remote_uri
from olmocr_core.storage.runs import Workspace
from olmocr_core.storage.temporary_files import temporary_folder
from olmocr_core.wiring import Runtime, open_runtime, open_workspace

AnyFile = str | PathLike[str]
_THREAD = "olmocr-reader"


class DocumentReader:
    """Reads documents into records. Made by ``open_reader``; one is enough for a process: it bounds what is in progress."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def process(self, path: AnyFile) -> DocumentRecord:
        """Read one PDF or image: a path or ``s3://bucket/key``. Pages that its workspace holds are not read again.

        Raises UnreadableDocument if the file is missing, empty or of an unknown type, DocumentUnavailable if it can no longer
        be read or is written meanwhile, and SliceError for an engine or a store that is away: call it again. Every other
        document has a record; its ``status`` and ``reasons`` say what is wrong with it.
        """
        runtime = self._runtime
        document, info, pages = await self._open(path)
        report = await read_slice(pages, runtime.read_context)
        _raise_unavailable(report.unavailable.get(document.doc_id))
        found = [await runtime.cache.get(document.doc_id, page.page_number) for page in pages]
        records = [record for record in found if record is not None]
        return build_record(document, info, records, runtime.settings.quality, runtime.detector.detect)

    async def pages(self, path: AnyFile) -> AsyncGenerator[PageRecord, None]:
        """Yield the pages of a document as they finish, in any order; ``process`` then only assembles them.

        Raises what ``process`` raises, and DocumentError for a document that cannot be opened. To stop early, close the
        iterator: pages that are not finished are given up.
        """
        _, info, pages = await self._open(path)
        if info.error:
            raise error_from_code(info.error.code, info.error.message)
        tasks = [asyncio.create_task(read_or_load(page, self._runtime.read_context)) for page in pages]
        try:
            for finished in asyncio.as_completed(tasks):
                record, _ = await finished
                yield record
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _open(self, path: AnyFile) -> tuple[Document, DocumentInfo, list[PageRef]]:
        """The document, what inspection finds, and its pages: none of a document that cannot be opened."""
        document = await _identify(fspath(path), self._runtime)
        info = await inspect_document(document, self._runtime)
        _raise_unavailable(info.error)
        numbers = range(1, info.pages + 1) if not info.error else range(0)
        return document, info, [make_page_ref(document, number) for number in numbers]


class BlockingReader:
    """The same for callers without an event loop. Made by ``open_reader_sync``; threads may share it."""

    def __init__(self, reader: DocumentReader, portal: BlockingPortal) -> None:
        self._reader = reader
        self._portal = portal

    def process(self, path: AnyFile) -> DocumentRecord:
        """Read one PDF or image, as ``DocumentReader.process`` does."""
        return self._portal.call(self._reader.process, path)

    def pages(self, path: AnyFile) -> Iterator[PageRecord]:
        """Yield the pages of a document as they finish, as ``DocumentReader.pages`` does."""
        with self._portal.wrap_async_context_manager(aclosing(self._reader.pages(path))) as stream:
            while (record := self._portal.call(_next, stream)) is not None:
                yield record


@asynccontextmanager
async def open_reader(
    settings: Settings | None = None,
    *,
    workspace: AnyFile | None = None,
    passwords: Sequence[str] = (),
    engine: Engine | None = None,
) -> AsyncIterator[DocumentReader]:
    """Start what reads documents, and keep it until the end of the block.

    Args:
        settings: How to read; by default the settings of profile and environment.
        workspace: Where finished pages and their images are kept, so that a second call is instant, also later; a temporary
            folder, which goes with the block, when left out.
        passwords: Tried on an encrypted document after the empty one.
        engine: The engine that reads the pages; by default the one in the settings.

    Raises EngineUnavailable when no server answers, UsageError and RunError when an engine cannot be used or started.
    """
    settings = settings or load_settings()
    with _workspace(workspace) as place:
        async with open_runtime(settings, place, tuple(passwords), engine) as runtime:
            yield DocumentReader(runtime)


@contextmanager
def open_reader_sync(
    settings: Settings | None = None,
    *,
    workspace: AnyFile | None = None,
    passwords: Sequence[str] = (),
    engine: Engine | None = None,
) -> Iterator[BlockingReader]:
    """The same as ``open_reader``, for ``with``; works with and without a running event loop."""
    # A thread of its own has no running loop, whatever the caller's has.
    with start_blocking_portal("asyncio", name=_THREAD) as portal:
        opened = open_reader(settings, workspace=workspace, passwords=passwords, engine=engine)
        with portal.wrap_async_context_manager(opened) as reader:
            yield BlockingReader(reader, portal)


async def _next(pages: AsyncIterator[PageRecord]) -> PageRecord | None:
    return await anext(pages, None)


@contextmanager
def _workspace(folder: AnyFile | None) -> Iterator[Workspace]:
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
