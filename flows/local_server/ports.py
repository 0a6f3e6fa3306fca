"""Ports on the loopback: find a free one, and tell whether a process group listens on one."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from olmocr_core.domain.errors import RunError

_LISTENING = "0A"


def find_free_port(wanted: Sequence[int]) -> int:
    """The first free port of some; 0 stands for any. Raises RunError when none is free."""
    for port in wanted:
        if found := _bound(port):
            return found
    raise RunError("no free port on the loopback for the local Prefect server")


def is_free(port: int) -> bool:
    """Whether nobody listens on a port."""
    return bool(_bound(port))


def _bound(port: int) -> int:
    with socket.socket() as probe:
        # Only a listening server blocks a port, not the connections that one has just left behind.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
        return int(probe.getsockname()[1])


def is_listening(group: int, port: int) -> bool:
    """Whether a process of a process group listens on a port."""
    sockets = set(_listening(port))
    return bool(sockets) and any(sockets & set(_sockets(pid)) for pid in _members(group))


def _listening(port: int) -> Iterator[str]:
    for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]:
        fields = line.split()
        if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
            yield f"socket:[{fields[9]}]"


def _members(group: int) -> Iterator[int]:
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.getpgid(int(folder.name)) == group:
                yield int(folder.name)


def _sockets(pid: int) -> Iterator[str]:
    with suppress(OSError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                yield str(link.readlink())
