"""The only place that constructs edges from settings; everything is closed again when the block ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from olmocr_core.engines.cpu import CpuEngine
from olmocr_core.engines.scripted import ScriptedEngine
from olmocr_core.errors import UsageError
from olmocr_core.language import LanguageDetector
from olmocr_core.pdf.pool import WorkerPool
from olmocr_core.pdf.reader import PdfReader, open_pool
from olmocr_core.ports import Engine
from olmocr_core.progress import Progress
from olmocr_core.read import ReadingTools
from olmocr_core.recipe import Recipe, recipe_for
from olmocr_core.retry import Backoff, RetryPolicy
from olmocr_core.settings import Settings
from olmocr_core.shard import Desk
from olmocr_core.storage.images import FilePageImages
from olmocr_core.storage.infos import FileInfos
from olmocr_core.storage.pages import FilePageCache
from olmocr_core.storage.runs import Workspace


@dataclass(frozen=True, slots=True)
class Runtime:
    """What one process works with while a run lasts."""

    settings: Settings
    workspace: Workspace
    pool: WorkerPool
    reader: PdfReader
    recipe: Recipe
    cache: FilePageCache
    infos: FileInfos
    images: FilePageImages
    desk: Desk
    detector: LanguageDetector

    @property
    def progress(self) -> Progress:
        """The counters that reading moves."""
        return self.desk.progress


def engine_name(settings: Settings) -> str:
    """The engine that ``auto`` stands for. Raises UsageError for what this release cannot do."""
    name = settings.engine
    if name == "auto":
        name = "server" if settings.server else "cpu"
    if name in ("server", "sglang"):
        raise UsageError(f"engine {name!r} is not part of this release; use --engine cpu")
    return name


def make_engine(settings: Settings, pool: WorkerPool) -> Engine:
    """The engine that settings ask for."""
    if engine_name(settings) == "instant":
        return ScriptedEngine(keep=False, concurrency=16, name="instant")
    return CpuEngine(pool, settings)


@asynccontextmanager
async def open_runtime(
    settings: Settings, workspace: Workspace, passwords: tuple[str, ...] = (), engine: Engine | None = None
) -> AsyncIterator[Runtime]:
    """Everything that a run needs; ``engine`` replaces the one that settings name (tests)."""
    async with open_pool(settings, passwords) as pool:
        engine = engine or make_engine(settings, pool)
        try:
            yield _assemble(settings, workspace, pool, engine)
        finally:
            await engine.aclose()


def _assemble(settings: Settings, workspace: Workspace, pool: WorkerPool, engine: Engine) -> Runtime:
    recipe = recipe_for(settings, engine.identity)
    reader = PdfReader(pool)
    cache = FilePageCache(workspace.pages, recipe)
    images = FilePageImages(workspace.images, reader, recipe.render_digest, forgive=settings.retry_failed)
    tools = ReadingTools(
        engine=engine,
        reader=reader,
        images=images,
        recipe=recipe,
        policy=RetryPolicy(settings.ladder.temperatures, settings.ladder.max_attempts),
        backoff=Backoff(budget_seconds=settings.ladder.connection_seconds),
    )
    # The pool's size bounds the work; a few pages more in hand keep its workers fed while records are written.
    limiter = asyncio.Semaphore(engine.concurrency + 2)
    desk = Desk(tools, cache, limiter, Progress(), settings.retry_failed)
    infos = FileInfos(workspace.pages, settings.limits.max_pages)
    return Runtime(settings, workspace, pool, reader, recipe, cache, infos, images, desk, LanguageDetector())


def open_workspace(folder: str | Path) -> Workspace:
    """The workspace in a local folder. Raises UsageError for places that this release cannot use."""
    if "://" in str(folder):
        raise UsageError(f"workspace {folder}: only local folders are supported in this release")
    return Workspace(Path(folder).expanduser().resolve())
