"""Documents one after the other, or side by side, without an orchestrator: workers and models are started once and stay."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, contextmanager
from os import PathLike, fspath
from pathlib import Path

from anyio.from_thread import BlockingPortal, start_blocking_portal

from olmocr_core.documents.records import build_record
from olmocr_core.domain.errors import SourceAway, UnreadableDocument, error_from_code, may_pass
from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.models import Document, DocumentInfo, DocumentRecord, ErrorInfo, PageImage, PageRecord, PageRef
from olmocr_core.domain.ports import Engine
from olmocr_core.domain.settings import Settings
from olmocr_core.reading.read_slice import read_or_load, read_slice
from olmocr_core.reading.slices import make_page_ref
from olmocr_core.sources import collect
from olmocr_core.sources.identify import identify_file
from olmocr_core.stages.documents import inspect_document
from olmocr_core.storage.os_errors import find_fault
from olmocr_core.storage.paths import is_remote_uri
from olmocr_core.storage.runs import Workspace
from olmocr_core.storage.temporary_files import temporary_folder
from olmocr_core.wiring import Runtime, open_runtime, open_workspace

AnyFile = str | PathLike[str]
_THREAD = "olmocr-reader"


class OpenDocument:
    """One document of a reader. Made by ``DocumentReader.open``; ``info`` says what inspection found."""

    def __init__(self, document: Document, info: DocumentInfo, runtime: Runtime) -> None:
        self.document = document
        self.info = info
        self._runtime = runtime

    async def pages(
        self,
        at_once: int | None = None,
        numbers: Sequence[int] | None = None,
        gate: AbstractAsyncContextManager[None] | None = None,
    ) -> AsyncGenerator[PageRecord, None]:
        """Yield its pages (or those of ``numbers``) as they finish; at most ``at_once`` wait for the engine (default: all).

        ``gate`` is entered for each page, and can bound the pages of several documents.

        Raises DocumentError for a document that cannot be opened, DocumentUnavailable and SliceError as ``process`` does.
        """
        if self.info.error:
            raise error_from_code(self.info.error.code, self.info.error.message)
        gate = gate or asyncio.Semaphore(at_once or max(1, self.info.pages))
        tasks = [asyncio.create_task(self._read(page, gate)) for page in self._pages(numbers)]
        try:
            for finished in asyncio.as_completed(tasks):
                yield await finished
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def record(self) -> DocumentRecord:
        """Its record, as of ``process``; pages that are not finished are read first."""
        pages = self._pages()
        report = await read_slice(pages, self._runtime.read_context)
        _raise_unavailable(report.unavailable.get(self.document.doc_id))
        found = [await self._runtime.cache.get(page.doc_id, page.page_number) for page in pages]
        return self.build_record([record for record in found if record is not None])

    def build_record(self, pages: Sequence[PageRecord], numbers: Sequence[int] | None = None) -> DocumentRecord:
        """Its record from finished pages, for callers that have them; a page that is missing counts as failed.

        ``numbers``: the pages that it is about, in ascending order; by default all.
        """
        runtime = self._runtime
        return build_record(self.document, self.info, pages, runtime.settings.quality, runtime.detector.detect, numbers)

    async def image(self, page_number: int) -> tuple[bytes, PageImage]:
        """The image of a page and its facts, stored or drawn now. Raises PageError, DocumentError and DocumentUnavailable."""
        return await self._runtime.images.get(make_page_ref(self.document, page_number))

    async def _read(self, page: PageRef, gate: AbstractAsyncContextManager[None]) -> PageRecord:
        async with gate:
            return (await read_or_load(page, self._runtime.read_context))[0]

    def _pages(self, numbers: Sequence[int] | None = None) -> list[PageRef]:
        """None of a document that cannot be opened."""
        if self.info.error:
            return []
        wanted = range(1, self.info.pages + 1) if numbers is None else numbers
        return [make_page_ref(self.document, number) for number in wanted]


class DocumentReader:
    """Reads documents into records. Made by ``open_reader``; one is enough for a process: it bounds what is in progress."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    @property
    def recipe_digest(self) -> str:
        """What identifies how pages are read: engine, model, drawing, and the code of the cpu engine."""
        return self._runtime.recipe.digest

    @property
    def concurrency(self) -> int:
        """How many pages the engine reads at once; more of one document only wait before those of others."""
        return self._runtime.engine.concurrency

    async def process(self, path: AnyFile) -> DocumentRecord:
        """Read one PDF or image: a path or ``s3://bucket/key``. Pages that its workspace holds are not read again.

        Raises UnreadableDocument if the file is missing, empty or of an unknown type, DocumentUnavailable if it can no longer
        be read or is written meanwhile, and SliceError for an engine or a store that is away: call it again. Every other
        document has a record; its ``status`` and ``reasons`` say what is wrong with it.
        """
        return await (await self.open(path)).record()

    async def pages(self, path: AnyFile) -> AsyncGenerator[PageRecord, None]:
        """Yield the pages of a document as they finish, in any order; ``process`` then only assembles them.

        Raises what ``process`` raises, and DocumentError for a document that cannot be opened. To stop early, close the
        iterator: pages that are not finished are given up.
        """
        opened = await self.open(path)
        async with aclosing(opened.pages()) as pages:
            async for record in pages:
                yield record

    async def open(self, path: AnyFile) -> OpenDocument:
        """Identify and inspect a document, for callers that want its pages and its record. Raises what ``process`` raises."""
        return await self.open_document(await _identify(fspath(path), self._runtime))

    async def open_document(self, document: Document) -> OpenDocument:
        """Inspect a document that the caller has identified: its location is opened as what ``kind`` says, and nothing else.

        Raises DocumentUnavailable if it cannot be read now.
        """
        info = await inspect_document(document, self._runtime)
        _raise_unavailable(info.error)
        return OpenDocument(document, info, self._runtime)

    async def finished_page(self, doc_id: str, page_number: int) -> PageRecord | None:
        """The record of a page that was read by this recipe, or None; the document itself is not needed."""
        return await self._runtime.cache.get(doc_id, page_number)

    async def finished_pages(self, doc_id: str) -> frozenset[int]:
        """The pages that were read by this recipe; the document itself is not needed."""
        return await self._runtime.cache.finished(doc_id)


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
    if not is_remote_uri(path):
        return await asyncio.to_thread(_identify_local, Path(path), runtime)
    collected = await collect([path], runtime.workspace.inputs, runtime.settings.limits, runtime.fetcher)
    if not collected.documents:
        error = collected.problems[0].error if collected.problems else None
        _raise_unavailable(error)
        raise UnreadableDocument(error.message if error else f"{path}: not a document")
    return collected.documents[0]


def _identify_local(path: Path, runtime: Runtime) -> Document:
    if not path.is_file():
        raise UnreadableDocument(f"{path}: there is no such file")
    try:
        return identify_file(path, runtime.workspace.inputs, runtime.settings.limits)
    except UnreadableDocument as error:
        raise UnreadableDocument(f"{path}: {error}") from error
    except OSError as error:
        raise find_fault(error) or SourceAway(f"{path} cannot be read: {error.strerror or error}") from error


def _raise_unavailable(error: ErrorInfo | None) -> None:
    if error and may_pass(error.code):
        raise error_from_code(error.code, error.message)
