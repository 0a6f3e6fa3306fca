"""A pool of expendable worker processes: every call that touches PDF or image bytes goes through it.

A call that exceeds its time or memory, or crashes, costs that call and its worker, never the pool.
"""

from __future__ import annotations

import asyncio
import logging
from types import TracebackType
from typing import Any, Self

from olmocr_core.domain.errors import OutOfMemory, PageTimeout, RunError, SliceError, WorkerDied, error_from_code
from olmocr_core.domain.models import Document, PageRef
from olmocr_core.domain.settings import Limits
from olmocr_core.sandbox.ipc import Response
from olmocr_core.sandbox.running_time import wait_while_running
from olmocr_core.sandbox.session import SessionSettings
from olmocr_core.sandbox.worker_process import KilledAtStart, WorkerProcess, pack_request
from olmocr_core.storage.fetch import Fetcher

_log = logging.getLogger(__name__)
# A worker that is killed before it has any work, by the kernel or a person, says nothing about a page.
_STARTS = 3


class WorkerPool:
    """Up to ``size`` workers, started on first use, each running one call at a time; callers queue in order.

    A pool belongs to the event loop that first uses it. ``session`` holds the settings that operations see (default:
    the limits alone).
    """

    def __init__(
        self, size: int, limits: Limits, session: SessionSettings | None = None, fetcher: Fetcher | None = None
    ):
        if size < 1:
            raise RunError(f"a worker pool needs at least 1 worker, got {size}")
        self.size = size
        self.limits = limits
        self._settings = session or SessionSettings(limits=limits)
        self._fetcher = fetcher
        self._slots = asyncio.Semaphore(size)
        self._idle: list[WorkerProcess] = []
        self._busy: set[WorkerProcess] = set()
        self._closed = False

    async def call(
        self, op: str, *args: Any, seconds: float | None = None, what: str = "", affinity: str | None = None
    ) -> Any:
        """Run ``module:function`` in a worker as ``function(session, *args)`` and return its result.

        Arguments and results are plain values and our own data classes. ``seconds`` limits the time of the operation,
        as far as this process runs (default ``limits.page_seconds``), without queueing and starting; ``what`` names the
        work in messages. Calls with the same ``affinity`` prefer the worker that served it last, because it has the
        document open.

        A document or page in an object store is fetched first (DocumentChanged if the object was replaced). Raises
        PageTimeout, OutOfMemory, WorkerDied, the operation's own error, SliceError if all new workers are killed, or
        RunError once the pool is closed.
        """
        request = pack_request(op, await self._fetch_remote_args(args))
        seconds = seconds or self.limits.page_seconds
        async with self._slots:
            worker = await self._acquire_worker(affinity)
            try:
                response = await self._send_request(worker, request, seconds, what or op)
            finally:
                self._busy.discard(worker)
            if worker.calls >= self.limits.pages_per_worker or response.code == OutOfMemory("").code:
                await worker.end()
            elif self._closed:
                worker.kill()
            else:
                self._idle.append(worker)
        return _unwrap_response(response, what)

    async def _fetch_remote_args(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        # Workers have neither credentials nor network: remote files are fetched here, in one place, so that no caller
        # can forget to.
        if self._fetcher is None:
            return args
        found = [await self._fetcher.fetch_async(arg) if isinstance(arg, Document | PageRef) else arg for arg in args]
        return tuple(found)

    async def _acquire_worker(self, affinity: str | None) -> WorkerProcess:
        if self._closed:
            raise RunError("the worker pool is closed")
        worker = self._pop_idle_worker(affinity)
        while worker is not None and not worker.is_alive():
            _log.warning("worker %d died while idle (%s)", worker.process_id, await worker.end(died=True))
            worker = self._pop_idle_worker(affinity)
        if worker is None:
            worker = await self._start_worker()
        if self._closed:
            await worker.end()
            raise RunError("the worker pool is closed")
        worker.last_affinity = affinity
        self._busy.add(worker)
        return worker

    async def _start_worker(self) -> WorkerProcess:
        for tries in range(1, _STARTS + 1):
            try:
                return await WorkerProcess.start(self._settings)
            except KilledAtStart as error:
                status = str(error)
                _log.warning("a worker was killed while it started (%s), %d of %d", status, tries, _STARTS)
        raise SliceError(
            f"{_STARTS} workers in turn were killed while they started, the last by {status}; is the memory full?"
        )

    def _pop_idle_worker(self, affinity: str | None) -> WorkerProcess | None:
        if not self._idle:
            return None
        known = next((w for w in self._idle if affinity is not None and w.last_affinity == affinity), self._idle[-1])
        self._idle.remove(known)
        return known

    async def _send_request(self, worker: WorkerProcess, request: bytes, seconds: float, what: str) -> Response:
        try:
            return await wait_while_running(worker.ask(request), seconds)
        except TimeoutError as error:
            await worker.end()
            raise PageTimeout(f"{what}: took longer than {seconds:g} s; its worker process was killed") from error
        except (EOFError, ConnectionError) as error:
            status = await worker.end(died=True)
            if self._closed:
                raise RunError("the worker pool was closed during a call") from error
            _log.warning("worker %d died (%s) at %s", worker.process_id, status, what)
            # What it wrote last is for the log: libraries name files and places in their code.
            raise WorkerDied(f"{what}: the worker process died ({status.partition(':')[0]})") from error
        except BaseException:
            # Otherwise the next call would receive the cancelled call's response.
            worker.kill()
            await worker.end()
            raise

    async def aclose(self) -> None:
        """Kill all workers at once, busy or idle. Calls in flight raise RunError."""
        self._closed = True
        idle, self._idle = self._idle, []
        for worker in self._busy:
            worker.kill()
        await asyncio.gather(*(worker.end() for worker in idle))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def _unwrap_response(response: Response, what: str) -> Any:
    if not response.code:
        return response.result
    if response.trace:
        # What broke is for those who mend it; on the screen it would stand once for each attempt at each page.
        _log.info("%s: %s\n%s", what, response.message, response.trace)
    raise error_from_code(response.code, response.message if not what else f"{what}: {response.message}")
