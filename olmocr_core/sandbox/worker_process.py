"""The pool's side of one worker process: start it, send it calls, end it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import IO, Self, TypeVar

from olmocr_core.domain.errors import RunError
from olmocr_core.sandbox.bytecode import compile_modules
from olmocr_core.sandbox.hand_over import HandOver, list_locations
from olmocr_core.sandbox.ipc import HEADER, MAX_MESSAGE_BYTES, Ready, Request, Response, Start, pack, unpack
from olmocr_core.sandbox.isolation import Isolation, plan_isolation
from olmocr_core.sandbox.session import SessionSettings
from olmocr_core.sandbox.worker_environment import build_environment

_Message = TypeVar("_Message")
_START_SECONDS = 120.0
# How long to wait for the exit status of a worker that closed its socket.
_EXIT_WAIT_SECONDS = 1.0
_STREAM_BUFFER = 1 << 22
_STDERR_TAIL_BYTES = 2000


# Nothing that a page holds sends these: they come from the kernel, which lacks memory, or from a person.
_FROM_OUTSIDE = frozenset(
    {signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGXCPU}
)


class ForeignMessage(Exception):
    """A worker sent what no worker sends: hostile bytes have taken it over."""


class KilledAtStart(Exception):
    """A worker was killed, or stood still, before it was ready: another one may start."""


@dataclass(frozen=True, slots=True)
class PackedRequest:
    """A call as one frame, and the files of its documents, which the pool opens."""

    frame: bytes
    locations: tuple[str, ...]


class WorkerProcess:
    """A live worker. Not reusable after ``end``; ``calls`` counts its responses.

    ``was_killed`` says after its death that somebody else has ended it.
    """

    def __init__(self, process: subprocess.Popen[bytes], stderr: IO[bytes], hand_over: HandOver):
        self.calls = 0
        self.last_affinity: str | None = None
        self.was_killed = False
        self._process = process
        self._stderr = stderr
        self._hand_over = hand_over
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    @property
    def process_id(self) -> int:
        """The process id of the worker; also the id of its process group."""
        return self._process.pid

    @classmethod
    async def start(cls, settings: SessionSettings) -> Self:
        """Start a worker and wait until it is ready. Raises RunError if it cannot start, and KilledAtStart."""
        isolation = await asyncio.to_thread(_prepare, settings)
        ours, theirs = socket.socketpair()
        our_inputs, their_inputs = socket.socketpair()
        stderr = tempfile.TemporaryFile(prefix="olmocr-worker-")  # noqa: SIM115 - closed with the worker
        with theirs, their_inputs:
            # Spawned in the event loop's thread on purpose: the parent-death signal follows the spawning thread.
            process = subprocess.Popen(  # noqa: ASYNC220 - fork and exec take a millisecond
                _build_command(theirs.fileno(), their_inputs.fileno(), settings),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                env=build_environment(isolation.mode),
                # Not the folder from which the run was started.
                cwd="/",
                pass_fds=(theirs.fileno(), their_inputs.fileno()),
                start_new_session=True,
            )
        worker = cls(process, stderr, HandOver(our_inputs))
        try:
            worker._reader, worker._writer = await asyncio.open_connection(sock=ours, limit=_STREAM_BUFFER)
            async with asyncio.timeout(_START_SECONDS):
                worker._writer.write(pack(Start(settings, isolation)))
                await worker._receive(Ready)
        except (EOFError, ConnectionError, TimeoutError, ForeignMessage) as error:
            status = await worker.end(died=True)
            if process.returncode < 0:
                raise KilledAtStart(status) from error
            raise RunError(f"a worker failed to start: {status}") from error
        except BaseException:
            await worker.end()
            raise
        return worker

    @property
    def waits_for_document(self) -> bool:
        """Whether a document of its call has not been opened yet."""
        return self._hand_over.is_opening

    async def ask(self, request: PackedRequest) -> Response:
        """Send a request, after its documents, and wait for the response.

        Raises EOFError or ConnectionError if the worker dies, ForeignMessage, and MachineFault if this process can open
        no more files.
        """
        assert self._writer is not None
        self._writer.write(pack(await self._hand_over.offer(request.locations)))
        self._writer.write(request.frame)
        await self._writer.drain()
        response = await self._receive(Response)
        self.calls += 1
        return response

    async def _receive(self, kind: type[_Message]) -> _Message:
        assert self._reader is not None
        size = HEADER.unpack(await self._reader.readexactly(HEADER.size))[0]
        if size > MAX_MESSAGE_BYTES:
            raise ForeignMessage(f"it sent a message of {size} bytes")
        body = await self._reader.readexactly(size)
        try:
            message = unpack(body)
        except pickle.UnpicklingError as error:
            raise ForeignMessage(f"it sent an invalid response: {error}") from error
        if not isinstance(message, kind):
            raise ForeignMessage(f"it sent a {type(message).__name__} instead of a {kind.__name__}")
        return message

    def is_alive(self) -> bool:
        """Whether the process is still running."""
        return self._process.returncode is None and not _has_exited(self._process.pid)

    def kill(self) -> None:
        """Kill the worker and its children now; safe to call twice."""
        if self._process.returncode is None:
            # The group includes the second renderer's processes. The worker is not reaped yet, so its id is still its
            # own.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        if self._writer is not None:
            self._writer.transport.abort()
        self._hand_over.close()

    async def end(self, *, died: bool = False) -> str:
        """Kill and reap the worker; return how it ended. With ``died``, wait for its own exit first."""
        if not died:
            self.kill()
        reaped = asyncio.ensure_future(asyncio.to_thread(self._reap, died))
        status = await asyncio.shield(reaped)
        self.kill()
        return status

    def _reap(self, died: bool) -> str:
        deadline = time.monotonic() + (_EXIT_WAIT_SECONDS if died else 0.0)
        while time.monotonic() < deadline and not _has_exited(self._process.pid):
            time.sleep(0.005)
        by_itself = died and _has_exited(self._process.pid)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        code = self._process.wait()
        self.was_killed = by_itself and -code in _FROM_OUTSIDE
        status = _describe_exit(code)
        tail = self._read_last_stderr_line()
        self._stderr.close()
        return f"{status}: {tail}" if tail else status

    def _read_last_stderr_line(self) -> str:
        if self._stderr.closed:
            return ""
        size = self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, size - _STDERR_TAIL_BYTES))
        lines = self._stderr.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:200] if lines else ""


def _prepare(settings: SessionSettings) -> Isolation:
    if settings.limits.isolation != "off":
        compile_modules()
    return plan_isolation(settings.limits.isolation)


def pack_request(op: str, args: tuple[object, ...]) -> PackedRequest:
    """Serialise a call."""
    return PackedRequest(pack(Request(op, args)), list_locations(args))


def _has_exited(process_id: int) -> bool:
    return os.waitid(os.P_PID, process_id, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None


def _describe_exit(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    name = signal.Signals(-status).name
    memory = name in ("SIGABRT", "SIGTRAP", "SIGILL", "SIGKILL")
    return name + (", possibly out of memory" if memory else "")


def _build_command(channel: int, inputs: int, settings: SessionSettings) -> list[str]:
    numbers = channel, inputs, os.getpid(), settings.limits.worker_memory_mb
    # -P: a module in the current folder must not shadow a library.
    return [sys.executable, "-P", "-m", "olmocr_core.sandbox.worker", *map(str, numbers)]
