"""Ports for servers that are stopped and started again on the same one.

A port that the system picks (``bind`` to 0) lies in its ephemeral range: while the server is away, an outgoing
connection of any process may take it, and the server does not come back.
"""

from __future__ import annotations

import fcntl
import os
import random
import tempfile
from pathlib import Path

from flows.local_server.ports import is_free

_LOWEST, _HIGHEST = 10_000, 65_535
_LOCKS = Path(tempfile.gettempdir()) / f"olmocr-test-ports-{os.getuid()}"
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
# Seeds of tests must not make two test processes draw the same ports in the same order.
_DRAW = random.SystemRandom()


def free_port() -> int:
    """A port on the loopback that nobody listens on, no outgoing connection takes and no other caller gets."""
    lowest, highest = (int(word) for word in _RANGE.read_text("ascii").split())
    every = range(_LOWEST, _HIGHEST + 1)
    # Where the range covers everything, its own ports have to do.
    ports = [port for port in every if not lowest <= port <= highest] or every
    for port in _DRAW.sample(ports, min(len(ports), 200)):
        if is_free(port) and _lock(port):
            return port
    raise AssertionError("200 ports are all in use")


def _lock(port: int) -> bool:
    # Held until this process ends: neither another one nor a later call gets the port.
    _LOCKS.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(_LOCKS / str(port), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return False
    return True
