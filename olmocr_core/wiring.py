"""The only place that constructs edges from settings; everything is closed again when the block ends."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from olmocr_core.documents.language import LanguageDetector
from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.ports import Engine
from olmocr_core.domain.recipe import Recipe, make_recipe
from olmocr_core.domain.serving_stats import ServingStats
from olmocr_core.domain.settings import Settings, load_settings
from olmocr_core.engines.cpu import CpuEngine
from olmocr_core.engines.page_code import drawing_digest
from olmocr_core.engines.replay import ReplayEngine, as_recorded, open_recording, open_replay
from olmocr_core.engines.scripted import ScriptedEngine
from olmocr_core.engines.server import open_server_engine, with_profile
from olmocr_core.engines.server_engine import ServerEngine
from olmocr_core.engines.sglang.process import SglangConfig, SglangServer
from olmocr_core.engines.sglang.remote_identity import RemoteSglang, remote_sglang
from olmocr_core.pdf.page_reader import SandboxedPageReader, open_pool
from olmocr_core.reading.front_matter import parse_answer
from olmocr_core.reading.model_profiles import choose_profile, load_prompt
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

DEFAULT_MODEL = "allenai/olmOCR-2-7B-1025-FP8"


@dataclass(frozen=True, slots=True)
class Runtime:
    """What one process works with while a run lasts."""

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
        """What the model servers have done so far; None for engines without servers."""
        engine = self.read_context.tools.engine
        return engine.serving() if isinstance(engine, ServerEngine) else None

    @property
    def progress(self) -> Progress:
        """The counters that reading moves."""
        return self.read_context.progress


def engine_name(settings: Settings) -> str:
    """The engine that ``auto`` stands for. Raises UsageError for settings that contradict each other."""
    name = settings.engine
    if name == "auto":
        name = "replay" if settings.recording.replay_from else "server" if settings.server else "cpu"
    if name == "replay" and not settings.recording.replay_from:
        raise UsageError("engine 'replay' needs a folder of recorded answers: --recording DIR")
    if name == "server" and not settings.server:
        raise UsageError("engine 'server' needs an address: --server http://HOST:PORT/v1")
    return name


def check_engine(settings: Settings) -> None:
    """Say what can be told to be wrong about the engine before anything is started.

    Raises UsageError for settings that contradict each other, and for a model whose prompt is not to be had.
    """
    name = engine_name(settings)
    inference, model = settings.inference, settings.model or (DEFAULT_MODEL if name == "sglang" else None)
    # A profile of one's own may fit the model by another name, which its server knows.
    is_certain = inference.profile != "auto" or not inference.profiles
    is_known = model or inference.profile != "auto"
    if name == "replay":
        open_recording(settings)
    if name in ("server", "sglang") and is_known and is_certain:
        load_prompt(choose_profile(inference.profile, (model,) if model else (), inference.profiles))


@asynccontextmanager
async def open_runtime(
    settings: Settings,
    workspace: Workspace,
    passwords: tuple[str, ...] = (),
    engine: Engine | None = None,
    *,
    reads: bool = True,
) -> AsyncIterator[Runtime]:
    """Everything that a run needs; ``engine`` replaces the one that settings name (tests).

    A process that plans, draws or publishes and leaves reading to others says ``reads=False``: SGLang is not launched then.
    Raises EngineUnavailable when no server answers, UsageError and RunError when one cannot be used or started.
    """
    async with AsyncExitStack() as stack:
        remote = None if engine else await _open_remote(settings, stack, reads)
        if remote:
            settings = with_profile(settings, remote.profile)
        replay = open_replay(settings) if engine is None and engine_name(settings) == "replay" else None
        if replay:
            settings = as_recorded(settings, replay.header)
        fetcher = Fetcher(settings.storage, workspace.inputs)
        pool = await stack.enter_async_context(open_pool(settings, passwords, fetcher))
        chosen = engine or remote or replay or _local_engine(settings, pool)
        if chosen is not remote:
            stack.push_async_callback(chosen.aclose)
        yield _assemble(settings, workspace, fetcher, pool, chosen)


async def _open_remote(settings: Settings, stack: AsyncExitStack, reads: bool) -> ServerEngine | RemoteSglang | None:
    name = engine_name(settings)
    if name == "sglang":
        config = _sglang(settings)
        if not reads:
            return remote_sglang(config, settings.inference)
        server = await stack.enter_async_context(SglangServer(config))
        launched = _sized(settings.model_copy(update={"model": config.served_name}), server.max_running)
        engine = await stack.enter_async_context(
            open_server_engine(launched, server=f"{server.url}/v1", name=name, revision=config.revision or None)
        )
        engine.given_up, engine.pause = lambda: server.failure, server.pause
        return engine
    return await stack.enter_async_context(open_server_engine(settings)) if name == "server" else None


def _sglang(settings: Settings) -> SglangConfig:
    """What to launch. Where sglang is installed is this machine's own affair when the run does not say."""
    python = settings.sglang.python or load_settings().sglang.python or sys.executable
    return SglangConfig(
        model=settings.model or DEFAULT_MODEL,
        revision=settings.sglang.revision or "",
        python=python,
        arguments=settings.sglang.arguments,
        start_seconds=settings.sglang.start_seconds,
        restarts=settings.sglang.restarts,
    )


def _sized(settings: Settings, max_running: int) -> Settings:
    """Settings that let as many requests fly as the GPUs hold and a quarter more, so that one waits for every free place."""
    if not max_running or "max_concurrency" in settings.inference.model_fields_set:
        return settings
    inference = settings.inference.model_copy(update={"max_concurrency": max_running + max(1, max_running // 4)})
    return settings.model_copy(update={"inference": inference})


def _local_engine(settings: Settings, pool: WorkerPool) -> Engine:
    if engine_name(settings) == "instant":
        return ScriptedEngine(keep=False, concurrency=16, name="instant")
    return CpuEngine(pool, settings)


def _assemble(settings: Settings, workspace: Workspace, fetcher: Fetcher, pool: WorkerPool, engine: Engine) -> Runtime:
    detector = LanguageDetector()
    recipe = make_recipe(settings, engine.identity)
    reader = SandboxedPageReader(pool)
    cache = FilePageCache(workspace.pages, recipe)
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
        parse=engine.parse if isinstance(engine, ServerEngine | ReplayEngine) else parse_answer,
    )
    # The pool's size bounds the work; a few pages more in hand keep its workers fed while records are written.
    limiter = asyncio.Semaphore(engine.concurrency + 2)
    if isinstance(engine, ServerEngine):
        most = settings.ladder.race
        width = lambda: 1 if limiter.locked() else min(most, 1 + engine.idle_slots)  # noqa: E731
        tools = replace(tools, parallel_attempts=width, sleep=engine.pause)
    read_context = ReadContext(tools, cache, limiter, Progress(), settings.retry_failed)
    infos = DocumentInfoCache(workspace.pages, settings.limits.max_pages)
    record_to = settings.recording.record_to
    recorder = open_writer(record_to, recipe) if record_to else None
    return Runtime(
        settings, workspace, fetcher, pool, reader, recipe, cache, infos, images, read_context, detector, recorder
    )


def open_workspace(folder: str | Path) -> Workspace:
    """The workspace in a local folder or at ``s3://bucket/prefix``.

    How its store is reached is read from profile file and environment (``storage.workspace``), never from a run: whoever
    opens a run knows only its URI. Raises UsageError for places of another kind.
    """
    if is_remote_uri(str(folder)):
        return Workspace(as_path(folder, load_settings().storage.workspace))
    if "://" in str(folder):
        raise UsageError(f"workspace {folder}: name a local folder or s3://BUCKET/FOLDER")
    return Workspace(Path(folder).expanduser().resolve())
