"""A pool of expendable worker processes: every call that touches PDF or image bytes goes through it.

A call that exceeds its time or memory, or crashes, costs that call and its worker, never the pool.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from olmocr_core.domain.errors import (
    MachineFault,
    OlmocrError,
    OutOfMemory,
    PageTimeout,
    RunError,
    SliceError,
    WorkerDied,
    error_from_code,
)
from olmocr_core.domain.patience import Patience
from olmocr_core.domain.settings import Limits
from olmocr_core.sandbox.ipc import Response
from olmocr_core.sandbox.running_time import StoodStill, wait_while_running
from olmocr_core.sandbox.session import SessionSettings
from olmocr_core.sandbox.source_access import SourceAccess
from olmocr_core.sandbox.worker_process import ForeignMessage, KilledAtStart, PackedRequest, WorkerProcess, pack_request
from olmocr_core.storage.fetch import Fetcher

_log = logging.getLogger(__name__)
# A worker that is killed before it has any work, by the kernel or a person, says nothing about a page.
_STARTS = 3
# A page that takes so many workers with it, one after the other, is to blame, unless they were killed from outside.
_STRIKES = 3


class WorkerPool:
    """Up to ``size`` workers, started on first use, each running one call at a time; callers queue in order.

    A pool belongs to the event loop that first uses it. ``session`` holds the settings that operations see (default:
    the limits alone); ``patience`` says how long a document is waited for whose file is away (default: not at all).
    """

    def __init__(
        self,
        size: int,
        limits: Limits,
        session: SessionSettings | None = None,
        fetcher: Fetcher | None = None,
        patience: Patience | None = None,
    ):
        if size < 1:
            raise RunError(f"a worker pool needs at least 1 worker, got {size}")
        self.size = size
        self.limits = limits
        self._settings = session or SessionSettings(limits=limits)
        self._sources = SourceAccess(fetcher, patience or Patience())
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

        A document or page in an object store is fetched first. Raises PageTimeout, OutOfMemory, WorkerDied, the operation's
        own error, DocumentUnavailable for a file that stays away and a machine that stays short, SliceError if all new
        workers are killed, or RunError once the pool is closed.
        """

        async def work(here: tuple[Any, ...]) -> Any:
            request = pack_request(op, here)
            response = await self._call(request, seconds or self.limits.page_seconds, what or op, affinity)
            return _unwrap_response(response, what)

        return await self._sources.run(args, work)

    async def _call(self, request: PackedRequest, seconds: float, what: str, affinity: str | None) -> Response:
        """Call until a worker answers. Raises WorkerDied or MachineFault after some that did not."""
        lost: list[_Lost] = []
        fresh = False
        while True:
            try:
                response, was_fresh = await self._call_once(request, seconds, what, affinity, fresh=fresh)
            except _Lost as error:
                lost.append(error)
                if len(lost) == _STRIKES:
                    raise _judge(lost, what) from error
            else:
                if response.code != OutOfMemory("").code or was_fresh:
                    return response
            # What other pages left in a worker is no property of this one.
            fresh = True

    async def _call_once(
        self, request: PackedRequest, seconds: float, what: str, affinity: str | None, *, fresh: bool
    ) -> tuple[Response, bool]:
        """The response, and whether it is the worker's first."""
        async with self._slots:
            worker = await self._acquire_worker(affinity, fresh)
            try:
                response = await self._send_request(worker, request, seconds, what)
            finally:
                self._busy.discard(worker)
            if worker.calls >= self.limits.pages_per_worker or response.code == OutOfMemory("").code:
                await worker.end()
            elif self._closed:
                worker.kill()
            else:
                self._idle.append(worker)
        return response, worker.calls == 1

    async def _acquire_worker(self, affinity: str | None, fresh: bool) -> WorkerProcess:
        if self._closed:
            raise RunError("the worker pool is closed")
        worker = self._pop_idle_worker(affinity)
        if fresh and worker is not None:
            await worker.end()
            worker = None
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

    async def _send_request(self, worker: WorkerProcess, request: PackedRequest, seconds: float, what: str) -> Response:
        try:
            return await wait_while_running(worker.ask(request), seconds, worker.process_id)
        except StoodStill as error:
            await worker.end()
            _log.warning("worker %d stood still at %s", worker.process_id, what)
            raise _Lost("stopped, or waiting for a device", from_outside=True) from error
        except TimeoutError as error:
            await worker.end()
            if worker.waits_for_document:
                raise _Lost("waiting for its document", from_outside=True) from error
            raise PageTimeout(f"{what}: took longer than {seconds:g} s; its worker process was killed") from error
        except ForeignMessage as error:
            await worker.end()
            _log.warning("worker %d was ended at %s: %s", worker.process_id, what, error)
            raise WorkerDied(f"{what}: the worker process broke the rules, and was ended") from error
        except (EOFError, ConnectionError) as error:
            status = await worker.end(died=True)
            if self._closed:
                raise RunError("the worker pool was closed during a call") from error
            _log.warning("worker %d died (%s) at %s", worker.process_id, status, what)
            # What it wrote last is for the log: libraries name files and places in their code.
            raise _Lost(status.partition(":")[0], from_outside=worker.was_killed) from error
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


class _Lost(Exception):
    """A worker did not come back from a call: how it ended, and whether that came from outside."""

    def __init__(self, status: str, *, from_outside: bool) -> None:
        super().__init__(status)
        self.from_outside = from_outside


def _judge(lost: Sequence[_Lost], what: str) -> OlmocrError:
    """Whether the page or the machine is to blame for workers that were lost on it, one after the other."""
    killed = [str(one) for one in lost if one.from_outside]
    if killed:
        return MachineFault(
            f"{what}: {len(lost)} worker processes in turn did not come back ({killed[-1]}), and something outside of "
            "them is the cause; is the memory of the machine full?"
        )
    return WorkerDied(f"{what}: the worker process died ({lost[-1]})")


def _unwrap_response(response: Response, what: str) -> Any:
    if not response.code:
        return response.result
    if response.trace:
        # What broke is for those who mend it; on the screen it would stand once for each attempt at each page.
        _log.info("%s: %s\n%s", what, response.message, response.trace)
    raise error_from_code(response.code, response.message if not what else f"{what}: {response.message}")
