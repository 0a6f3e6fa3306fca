"""The only place that constructs engines, pools and storage from settings; a block closes what it opened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from olmocr_core.documents.language import LanguageDetector
from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.ports import Engine
from olmocr_core.domain.recipe import Recipe, make_recipe
from olmocr_core.domain.serving_stats import ServingStats
from olmocr_core.domain.settings import Settings
from olmocr_core.engines import AUTO, check_engine_name, load_engine_module
from olmocr_core.engines.base import EngineContext
from olmocr_core.engines.code_digest import code_digest
from olmocr_core.engines.page_code import DRAWING_CODE, drawing_digest
from olmocr_core.pdf.page_reader import SandboxedPageReader, open_pool
from olmocr_core.reading.progress import Progress
from olmocr_core.reading.read_page import ReadingTools
from olmocr_core.reading.read_slice import ReadContext
from olmocr_core.reading.retry_policy import Backoff, RetryPolicy
from olmocr_core.recordings.write import RecordingWriter, open_writer
from olmocr_core.sandbox.pool import WorkerPool
from olmocr_core.storage.document_infos import DocumentInfoCache
from olmocr_core.storage.fetch import Fetcher
from olmocr_core.storage.images import FilePageImages
from olmocr_core.storage.pages import FilePageCache
from olmocr_core.storage.paths import as_path, is_remote_uri
from olmocr_core.storage.runs import Workspace


@dataclass(frozen=True, slots=True)
class Runtime:
    """What one process needs during a run."""

    settings: Settings
    workspace: Workspace
    fetcher: Fetcher
    pool: WorkerPool
    reader: SandboxedPageReader
    recipe: Recipe
    cache: FilePageCache
    infos: DocumentInfoCache
    images: FilePageImages
    read_context: ReadContext
    detector: LanguageDetector
    recorder: RecordingWriter | None = None

    @property
    def serving(self) -> ServingStats | None:
        """What the model servers have done so far; None without servers."""
        return self.engine.serving()

    @property
    def engine(self) -> Engine:
        """What reads the pages."""
        return self.read_context.tools.engine

    @property
    def progress(self) -> Progress:
        """The counters of pages that are read."""
        return self.read_context.progress


def resolve_engine_name(settings: Settings) -> str:
    """The engine that ``auto`` stands for. Raises UsageError for settings that contradict each other."""
    name = check_engine_name(settings.engine)
    if name == AUTO:
        name = "replay" if settings.recording.replay_from else "server" if settings.server else "cpu"
    _check(name, "check_settings", settings)
    return name


def check_engine(settings: Settings) -> None:
    """Find out what is wrong with the engine before anything is started.

    Raises UsageError for settings that contradict each other, and for what this machine lacks to read pages.
    """
    _check(resolve_engine_name(settings), "check_installation", settings)


def _check(name: str, check: str, settings: Settings) -> None:
    getattr(load_engine_module(name), check, lambda settings: None)(settings)


@asynccontextmanager
async def open_runtime(
    settings: Settings,
    workspace: Workspace,
    passwords: tuple[str, ...] = (),
    engine: Engine | None = None,
    *,
    reads: bool = True,
) -> AsyncIterator[Runtime]:
    """Everything that a run needs. ``engine`` replaces the one that settings name (tests).

    ``reads=False`` is for a process that plans, draws or publishes: SGLang is not launched then. Raises EngineUnavailable
    when no server answers, UsageError and RunError when an engine cannot be used or started.
    """
    async with AsyncExitStack() as stack:
        fetcher = Fetcher(settings.storage, workspace.inputs)
        pool = await stack.enter_async_context(open_pool(settings, passwords, fetcher))
        if engine is None:
            module = load_engine_module(resolve_engine_name(settings))
            engine = await stack.enter_async_context(module.open_engine(settings, EngineContext(pool, reads)))
        else:
            stack.push_async_callback(engine.aclose)
        adapted = engine.adapt_settings(settings)
        if adapted != settings:
            # A pool starts no worker before its first call, so that the one for the engine costs nothing.
            pool = await stack.enter_async_context(open_pool(adapted, passwords, fetcher))
        yield _assemble(adapted, workspace, fetcher, pool, engine)


def _assemble(settings: Settings, workspace: Workspace, fetcher: Fetcher, pool: WorkerPool, engine: Engine) -> Runtime:
    # The engine bounds the work; a few pages more keep its workers busy while records are written.
    limiter = asyncio.Semaphore(engine.concurrency + 2)
    detector = LanguageDetector()
    recipe = make_recipe(settings, engine.identity)
    reader = SandboxedPageReader(pool)
    cache = FilePageCache(workspace.pages, recipe, code_digest(*DRAWING_CODE)[:16])
    images = FilePageImages(
        workspace.images, reader, recipe.render_digest, retry_errors=settings.retry_failed, code=drawing_digest()
    )
    tools = ReadingTools(
        engine=engine,
        reader=reader,
        images=images,
        recipe=recipe,
        policy=RetryPolicy(settings.ladder.temperatures, settings.ladder.max_attempts),
        backoff=Backoff(budget_seconds=settings.ladder.connection_seconds),
        is_garbage=detector.is_garbage,
        parse=engine.parse,
        sleep=engine.pause,
        # Attempts at one page run side by side only while no other page waits.
        parallel_attempts=lambda: 1 if limiter.locked() else min(settings.ladder.race, 1 + engine.idle_slots),
    )
    read_context = ReadContext(tools, cache, limiter, Progress(), settings.retry_failed)
    infos = DocumentInfoCache(workspace.pages, settings.limits.max_pages)
    record_to = settings.recording.record_to
    recorder = open_writer(record_to, recipe) if record_to else None
    return Runtime(
        settings, workspace, fetcher, pool, reader, recipe, cache, infos, images, read_context, detector, recorder
    )


def open_workspace(folder: str | Path) -> Workspace:
    """The workspace in a local folder or at ``s3://bucket/prefix``.

    Profile file and environment say how its store is reached (``storage.workspace``), never a run: a process that opens a
    run knows only its URI. Raises UsageError for another kind of place.
    """
    if is_remote_uri(str(folder)):
        return Workspace(as_path(folder, load_settings().storage.workspace))
    if "://" in str(folder):
        raise UsageError(f"workspace {folder}: name a local folder or s3://BUCKET/FOLDER")
    return Workspace(Path(folder).expanduser().resolve())
