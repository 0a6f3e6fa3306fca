"""Whose port it is; and two servers that are started at the same moment with the same wish."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from flows.local_server.ports import find_free_port, is_listening
from tests.ports import free_port

REPO = Path(__file__).resolve().parents[3]
# Each waits, having found the port free, until the other has found it free as well.
STARTER = """
import sys, time
from pathlib import Path
from flows.local_server import server
folder, mine, other, port = Path(sys.argv[1]), *sys.argv[2:4], int(sys.argv[4])
server.PREFERRED_PORT, probe, tries = port, server.find_free_port, []
def together(wanted):
    found = probe(wanted)
    tries.append(found)
    (folder / mine).touch()
    while not (folder / other).exists():
        time.sleep(0.01)
    return found
server.find_free_port = together
started = server.ensure_server()
print(started.pid, started.url.rpartition(":")[2], *tries)
"""


def test_a_taken_port_gives_another() -> None:
    port = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert find_free_port((port, 0)) not in (0, port)
        assert is_listening(os.getpgrp(), port)
        assert not is_listening(os.getppid() + 10**7, port)
    assert find_free_port((port, 0)) == port
    assert not is_listening(os.getpgrp(), port)


@pytest.mark.slow
@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
def test_two_that_start_at_once_each_have_a_server_of_their_own(tmp_path: Path) -> None:
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "OLMOCR_"))}
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", STARTER, str(tmp_path), mine, other, str(port)],
            cwd=REPO,
            env={**kept, "OLMOCR_HOME": str(tmp_path / f"home-{mine}")},
            stdout=subprocess.PIPE,
            text=True,
        )
        for mine, other in (("a", "b"), ("b", "a"))
    ]
    found = [[int(word) for word in starter.communicate(timeout=280)[0].split()] for starter in starters]
    try:
        assert [tries[0] for _, _, *tries in found] == [port, port], "both had found it free"
        assert all(is_listening(pid, used) for pid, used, *_ in found)
        assert len({used for _, used, *_ in found}) == 2
    finally:
        for pid, *_ in found:
            os.killpg(pid, signal.SIGTERM)
