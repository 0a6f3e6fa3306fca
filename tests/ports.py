"""Ports for servers that are stopped and started again on the same one.

A port that the system picks (``bind`` to 0) lies in its ephemeral range: while the server is away, an outgoing
connection of any process may take it, and the server does not come back.
"""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path

_LOWEST, _HIGHEST = 10_000, 65_535
_LOCKS = Path(tempfile.gettempdir()) / f"olmocr-test-ports-{os.getuid()}"
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
# Seeds of tests must not make two test processes draw the same ports in the same order.
_DRAW = random.SystemRandom()
# The locks live as long as this process: no other test process gets its ports.
_held: dict[int, int] = {}


def free_port() -> int:
    """A port on the loopback that nobody listens on, no outgoing connection takes and no other caller gets."""
    lowest, highest = (int(word) for word in _RANGE.read_text("ascii").split())
    outside = [port for port in range(_LOWEST, _HIGHEST + 1) if not lowest <= port <= highest]
    # Where the range covers everything, its own ports have to do.
    for port in _DRAW.sample(outside or range(_LOWEST, _HIGHEST + 1), 200):
        if port not in _held and _is_free(port) and _lock(port):
            return port
    raise AssertionError("200 ports are all in use")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _lock(port: int) -> bool:
    _LOCKS.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(_LOCKS / str(port), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return False
    _held[port] = descriptor
    return True
