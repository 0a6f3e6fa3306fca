"""The pool's side of a call's documents: it opens them and passes their descriptors to the worker."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import threading
from collections.abc import Iterable

from olmocr_core.domain.errors import MachineFault
from olmocr_core.domain.models import Document, PageRef
from olmocr_core.sandbox.inputs import Inputs, Offer
from olmocr_core.storage.os_errors import find_fault

_Identity = tuple[int, int, int, int, int]


def list_locations(args: Iterable[object]) -> tuple[str, ...]:
    """The files of the documents and pages in ``args``, each once."""
    return tuple(dict.fromkeys(arg.location for arg in args if isinstance(arg, Document | PageRef)))


class HandOver:
    """One worker's documents: what it holds by now need not be passed again.

    ``is_opening`` stays true where opening one never ended.
    """

    def __init__(self, channel: socket.socket):
        self._channel = channel
        self.is_opening = False
        self._held: dict[str, _Identity] = {}

    async def offer(self, locations: Iterable[str]) -> Inputs:
        """Pass what the worker lacks, and return what it is to be told.

        Raises MachineFault if this process can open no more files, ConnectionError if the worker is gone.
        """
        before, self._held = self._held, {}
        return Inputs(tuple([await self._offer(location, before.get(location)) for location in locations]))

    async def _offer(self, location: str, known: _Identity | None) -> Offer:
        self.is_opening = True
        try:
            descriptor = await _open_in_thread(location)
        except OSError as error:
            self.is_opening = False
            fault = find_fault(error, location)
            if isinstance(fault, MachineFault):
                raise fault from error
            return Offer(location, error_number=error.errno or errno.EIO)
        self.is_opening = False
        try:
            identity = self._held[location] = _identify(descriptor)
            if identity != known:
                socket.send_fds(self._channel, [b"\0"], [descriptor])
        finally:
            os.close(descriptor)
        return Offer(location, follows=identity != known)

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()


def _identify(descriptor: int) -> _Identity:
    found = os.fstat(descriptor)
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _open(location: str) -> int:
    # Not blocking: what took the file's place may be a pipe, which nobody writes to.
    return os.open(location, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)


async def _open_in_thread(location: str) -> int:
    """Open a file while the event loop goes on. A source that hangs holds up neither the loop nor the end of the process."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[int] = loop.create_future()

    def work() -> None:
        try:
            result: int | OSError = _open(location)
        except OSError as error:
            result = error
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, done, result)
            return
        # The loop is closed: nobody wants it any more.
        _discard(result)

    # A daemon, unlike the threads of the loop's own pool, for which the process would wait.
    threading.Thread(target=work, name="open-document", daemon=True).start()
    return await done


def _settle(done: asyncio.Future[int], result: int | OSError) -> None:
    if done.cancelled():
        _discard(result)
    elif isinstance(result, OSError):
        done.set_exception(result)
    else:
        done.set_result(result)


def _discard(result: int | OSError) -> None:
    if isinstance(result, int):
        os.close(result)
