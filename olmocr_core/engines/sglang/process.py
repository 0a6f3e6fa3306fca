"""SGLang on the GPUs of this machine: launched, awaited, watched, restarted, and stopped with everything it started."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import tempfile
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from olmocr_core.domain.errors import RunError
from olmocr_core.engines.bounded import fetch
from olmocr_core.engines.sglang.arguments import Arguments, Value, build_arguments
from olmocr_core.engines.sglang.gpus import list_gpus
from olmocr_core.engines.sglang.installed import inspect_sglang
from olmocr_core.engines.sglang.model import find_model, read_facts
from olmocr_core.engines.sglang.process_handle import ServerProcess, find_free_port, make_server_environment

_LOG = logging.getLogger(__name__)
_POLL_SECONDS = 0.25
_START_PROBE_SECONDS = 10.0
_HOUR = 3600.0
_LONGEST_PAUSE = 60.0
# A server that fails with one of these causes and writes nothing more has failed, even if its process lives on.
_STUCK = frozenset({"out_of_memory", "no_room_for_cache", "cuda_error", "nccl"})
_STUCK_SECONDS = 30.0
_ALL_INTERFACES = ("0.0.0.0", "::")


@dataclass(frozen=True, slots=True, kw_only=True)
class SglangConfig:
    """What to launch, and its limits in seconds.

    ``python`` is the interpreter of the environment that holds sglang. ``arguments`` override ours (see ``build_arguments``),
    ``environment`` is added to ours. ``served_name`` names the model in requests and page keys. By default it is the model's
    own name (the last part of a folder) with its revision, so that two models never share a key. ``port`` 0 means any free
    one. ``restarts`` is the number allowed within an hour.
    """

    model: str
    revision: str = ""
    python: str = sys.executable
    served_name: str = ""
    arguments: Mapping[str, Value] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    log: Path | None = None
    cache: Path | None = None
    start_seconds: float = 600.0
    probe_every_seconds: float = 10.0
    probe_seconds: float = 30.0
    failed_probes: int = 3
    restarts: int = 3
    stop_seconds: float = 20.0

    def __post_init__(self) -> None:
        """Set the default of ``served_name``."""
        if not self.served_name:
            name = Path(self.model).name if is_folder(self.model) else self.model
            named = f"{name}@{self.revision}" if self.revision else name
            object.__setattr__(self, "served_name", named)


def is_folder(model: str) -> bool:
    """Whether a model is named by a folder, here or on the machine that serves it, and not by its name on the hub."""
    return model.startswith(("/", "./", "../", "~")) or Path(model).exists()


class SglangServer:
    """``async with SglangServer(config) as server: server.url``. Ready on entry; no process of it is left after exit.

    When it dies, or fails ``failed_probes`` health probes in a row, it is restarted at the same URL. ``failure`` is the error
    of a server that is not restarted any more; ``ready`` waits until the server is back.
    """

    def __init__(self, config: SglangConfig) -> None:
        self.config = config
        self.restarts = 0
        self.failure: RunError | None = None
        self.log = config.log or Path(tempfile.gettempdir()) / f"olmocr-sglang-{time.time_ns()}.log"
        self._port = config.port
        self._environment = make_server_environment(config.environment)
        self._up = asyncio.Event()
        self._process: ServerProcess | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._client: httpx.AsyncClient | None = None
        self._built = Arguments((), (), 0)

    @property
    def url(self) -> str:
        """The address of the server, without ``/v1``."""
        host = str(self.config.arguments.get("host") or "127.0.0.1")
        return f"http://{'127.0.0.1' if host in _ALL_INTERFACES else host}:{self._port}"

    @property
    def max_running(self) -> int:
        """The pages that its GPUs can hold at once (0: unknown)."""
        return self._built.max_running

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks on the arguments, for people."""
        return self._built.notes

    @property
    def process_id(self) -> int | None:
        """The id of the guardian, which is the parent of the server's processes."""
        return self._process.process_id if self._process else None

    async def ready(self) -> None:
        """Return when the server is up. Raises RunError when it is not restarted any more."""
        await self._up.wait()
        if self.failure:
            raise self.failure

    async def pause(self, seconds: float) -> None:
        """Sleep. While the server is down, the sleep ends when it is back or is not restarted any more."""
        if self._up.is_set():
            await asyncio.sleep(seconds)
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._up.wait(), seconds)

    async def __aenter__(self) -> Self:
        """Find GPUs and model, launch the server and wait for it. Raises UsageError or RunError with a diagnosis."""
        # No proxy and nothing else from the environment between us and our own server.
        self._client = httpx.AsyncClient(trust_env=False, headers={"Accept-Encoding": "identity"}, timeout=None)
        try:
            await self._launch_first()
        except BaseException:
            await self._close()
            raise
        self._watcher = asyncio.create_task(self._watch(), name="sglang-watcher")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server and everything that it started."""
        if self._watcher:
            self._watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watcher
        await self._close()

    async def _close(self) -> None:
        if self._process:
            await self._process.end()
        if self._client:
            await self._client.aclose()

    async def _launch_first(self) -> None:
        for tries_left in (2, 1, 0):
            self._port = self.config.port or find_free_port()
            self._built = await asyncio.to_thread(self._arguments)
            try:
                await self._launch()
                return
            except RunError:
                # Another process may have taken the port before the server bound it.
                found = self._process.diagnosis() if self._process else None
                if not tries_left or self.config.port or found is None or found.cause != "port_in_use":
                    raise

    def _arguments(self) -> Arguments:
        config, environ = self.config, self._environment
        on_cpu = str(config.arguments.get("device", "")) == "cpu"
        gpus = () if on_cpu else list_gpus(config.python, environ)
        folder = find_model(config.model, revision=config.revision, python=config.python, environ=environ)
        flags = inspect_sglang(config.python, config.cache, environ).flags
        facts = read_facts(folder, config.model)
        return build_arguments(gpus, facts, config.arguments, flags, served_name=config.served_name, port=self._port)

    async def _launch(self) -> None:
        command = [self.config.python, "-m", "sglang.launch_server", *self._built.values]
        self._process = ServerProcess(command, self._environment, self.log, self.config.stop_seconds)
        try:
            await self._until_ready(self._process)
        except BaseException:
            await self._process.end(hurry=True)
            raise
        self._process.mark_ready()
        self._up.set()

    async def _until_ready(self, process: ServerProcess) -> None:
        started = changed = time.monotonic()
        written = 0
        while not await self._answers(min(_START_PROBE_SECONDS, self.config.start_seconds)):
            now = time.monotonic()
            status = process.exit_status()
            if status is not None:
                raise RunError(process.describe(f"SGLang ended with status {status} before it was ready."))
            if process.log_bytes != written:
                written, changed = process.log_bytes, now
            if now - changed > _STUCK_SECONDS and (found := process.diagnosis()) and found.cause in _STUCK:
                raise RunError(process.describe("SGLang failed while it started, and hangs."))
            if now - started > self.config.start_seconds:
                raise RunError(process.describe(f"SGLang was not ready after {self.config.start_seconds:.0f} s."))
            await asyncio.sleep(_POLL_SECONDS)

    async def _answers(self, seconds: float) -> bool:
        """Whether it generates a token in time: this route goes through the scheduler."""
        assert self._client is not None
        try:
            reply = await fetch(self._client, f"{self.url}/health_generate", seconds)
        except httpx.HTTPError:
            return False
        return reply.status == httpx.codes.OK

    async def _watch(self) -> None:
        deaths: deque[float] = deque()
        problem = ""
        while True:
            assert self._process is not None
            if self._up.is_set():
                event = await self._until_dead(self._process)
                self._up.clear()
                problem = self._process.describe(event)
                await self._process.end(hurry=True)
            if self._is_hopeless(deaths):
                self.failure = RunError(f"Gave up on SGLang after {self.restarts} restarts. {problem}")
                self._up.set()
                return
            _LOG.warning("restarting SGLang (%d of %d within an hour). %s", len(deaths), self.config.restarts, problem)
            await asyncio.sleep(min(_LONGEST_PAUSE, 2.0 ** len(deaths) - 2))
            self.restarts += 1
            try:
                await self._launch()
            except RunError as error:
                problem = str(error)

    def _is_hopeless(self, deaths: deque[float]) -> bool:
        """Count a death. True after too many, and for a start that failed with a cause that does not pass."""
        now = time.monotonic()
        while deaths and now - deaths[0] > _HOUR:
            deaths.popleft()
        deaths.append(now)
        # A server that was ready has no wrong driver and no missing file, whatever its log says.
        found = self._process.diagnosis() if self._process and not self._process.was_ready else None
        return len(deaths) > self.config.restarts or (found is not None and found.hopeless)

    async def _until_dead(self, process: ServerProcess) -> str:
        """Watch a ready server until it is dead. Returns what happened."""
        failed, due = 0, time.monotonic() + self.config.probe_every_seconds
        while True:
            status = process.exit_status()
            if status is not None:
                return f"SGLang ended with status {status}."
            if time.monotonic() >= due:
                failed = 0 if await self._answers(self.config.probe_seconds) else failed + 1
                due = time.monotonic() + self.config.probe_every_seconds
            if failed >= self.config.failed_probes:
                return f"SGLang did not answer {failed} health probes in a row."
            await asyncio.sleep(_POLL_SECONDS)
