"""The documents of a call, which the pool opened: a worker may open no file itself.

A worker reads them by their location, as code outside of a worker does, where the file itself is opened.
"""

from __future__ import annotations

import contextlib
import io
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_COPY_BYTES = 1 << 20
_held: dict[str, Input] = {}


@dataclass(frozen=True, slots=True)
class Offer:
    """What the pool says of a document before a call: a descriptor follows, or the worker has it, or ``error_number``."""

    location: str
    follows: bool = False
    error_number: int = 0


@dataclass(frozen=True, slots=True)
class Inputs:
    """The documents of the next call: all that the worker may still hold."""

    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class Input:
    """An open document, or why it cannot be opened."""

    location: str
    descriptor: int = -1
    error_number: int = 0

    def get_descriptor(self) -> int:
        """The descriptor. Raises the OSError that opening the file raised in the pool."""
        if self.error_number:
            raise OSError(self.error_number, os.strerror(self.error_number), self.location)
        return self.descriptor


class InputReader(io.RawIOBase):
    """Reads a descriptor with a position of its own; owns a copy of it, so that it outlives the call."""

    def __init__(self, descriptor: int):
        super().__init__()
        self._descriptor = os.dup(descriptor)
        self._position = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def fileno(self) -> int:
        """The descriptor, whose own position counts for nothing here."""
        return self._descriptor

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer as far as the file goes."""
        count = os.preadv(self._descriptor, [buffer], self._position)
        self._position += count
        return count

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move; return the new position."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position}.get(whence)
        target = offset + (os.fstat(self._descriptor).st_size if start is None else start)
        if target < 0:
            raise OSError(22, "Invalid argument")
        self._position = target
        return target

    def close(self) -> None:
        """Close the copy."""
        if not self.closed:
            os.close(self._descriptor)
        super().close()


def receive_inputs(channel: socket.socket, inputs: Inputs) -> None:
    """Take the documents of the next call from the pool; let go of all others."""
    before = dict(_held)
    _held.clear()
    for offer in inputs.offers:
        _held[offer.location] = _take(channel, offer, before)
    for held in before.values():
        if held.descriptor >= 0:
            os.close(held.descriptor)


def _take(channel: socket.socket, offer: Offer, before: dict[str, Input]) -> Input:
    if offer.error_number:
        return Input(offer.location, error_number=offer.error_number)
    if not offer.follows:
        return before.pop(offer.location)
    _, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
    os.set_inheritable(descriptors[0], False)
    return Input(offer.location, descriptors[0])


def open_input(location: str) -> io.BufferedReader:
    """Open a document for reading. Raises OSError."""
    held = _held.get(location)
    return Path(location).open("rb") if held is None else io.BufferedReader(InputReader(held.get_descriptor()))


def stat_input(location: str) -> os.stat_result:
    """Size and times of a document; of a file that cannot be opened, as far as its folder tells. Raises OSError."""
    held = _held.get(location)
    return Path(location).stat() if held is None or held.error_number else os.fstat(held.descriptor)


@contextlib.contextmanager
def name_input(location: str) -> Iterator[str]:
    """A name by which a child process can open the document within the block: of a worker, a copy at its standard input.

    Raises OSError.
    """
    held = _held.get(location)
    if held is None:
        yield location
        return
    # In memory, because a child may open no file either; a copy, because one that reads a pipe cannot seek.
    with open_input(location) as source, _standard_input() as copy:
        while data := source.read(_COPY_BYTES):
            os.write(copy, data)
        yield "/proc/self/fd/0"


@contextlib.contextmanager
def _standard_input() -> Iterator[int]:
    before = os.dup(0)
    memory = os.memfd_create("document")
    try:
        os.dup2(memory, 0)
        yield 0
    finally:
        os.dup2(before, 0)
        os.close(memory)
        os.close(before)
