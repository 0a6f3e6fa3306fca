"""Ports of servers that go away and come back stay theirs."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ports
from tests.ports import free_port

REPO = Path(__file__).parents[1]


def test_no_outgoing_connection_takes_a_port() -> None:
    lowest, highest = (int(word) for word in Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    if lowest <= 10_000 and highest >= 65_535:
        pytest.skip(f"the ephemeral range of this machine is {lowest} to {highest}: it leaves no port")
    assert not any(lowest <= free_port() <= highest for _ in range(20))


def test_a_port_in_use_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    free = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free_port()))
        taken.listen()
        drawn = [taken.getsockname()[1], free]
        monkeypatch.setattr(ports, "_lock", lambda port: True)
        monkeypatch.setattr(ports._DRAW, "sample", lambda *_: drawn)
        assert free_port() == free


def test_another_process_gets_another_port() -> None:
    mine = free_port()
    ask = f"from tests import ports; ports._DRAW.sample = lambda *_: [{mine}]; print(ports.free_port())"
    found = subprocess.run([sys.executable, "-c", ask], cwd=REPO, capture_output=True, text=True, check=False)
    assert "200 ports are all in use" in found.stderr
