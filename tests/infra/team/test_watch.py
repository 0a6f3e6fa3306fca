"""Processes that are kept alive, and ended."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.team.watch import Service, Team
from olmocr_core.domain.errors import RunError


def wait_for(look: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_ends_is_started_again(tmp_path: Path) -> None:
    team = Team(tmp_path)
    mark = tmp_path / "starts"
    team.add("short", ["sh", "-c", f"echo x >> {mark}; exec sleep 1"], mark.exists)
    watcher = threading.Thread(target=team.watch)
    watcher.start()
    wait_for(lambda: mark.read_text().count("x") >= 2)
    team.stopping.set()
    watcher.join()
    team.stop()


def test_a_service_that_cannot_start_shows_its_log(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no such port"):
        Team(tmp_path).add("broken", ["sh", "-c", "echo no such port; exit 3"], lambda: False)


def test_the_last_one_is_stopped_first_and_its_children_with_it(tmp_path: Path) -> None:
    team, ends = Team(tmp_path), tmp_path / "ends"
    for name in ("first", "second"):
        ready = tmp_path / name
        script = f"trap 'echo {name} >> {ends}; exit' TERM; touch {ready}; while :; do sleep 0.1; done"
        team.add(name, ["sh", "-c", script], ready.exists)
    team.stop()
    assert ends.read_text().split() == ["second", "first"]


def test_what_does_not_end_is_ended_by_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.team.watch.STOP_SECONDS", 0.2)
    team, ready = Team(tmp_path), tmp_path / "ready"
    team.add("deaf", ["sh", "-c", f"trap '' TERM; touch {ready}; while :; do sleep 0.1; done"], ready.exists)
    team.stop()


def test_what_a_dead_service_left_behind_ends_before_it_is_started_again(tmp_path: Path) -> None:
    child = tmp_path / "child"
    service = Service("api", ["sh", "-c", f"sleep 600 & echo $! > {child}; wait"], tmp_path / "log")
    service.start()
    wait_for(lambda: child.exists() and bool(child.read_text().strip()))
    left = int(child.read_text())
    assert service.process is not None
    os.kill(service.process.pid, signal.SIGKILL)
    wait_for(service.ended)
    assert Path(f"/proc/{left}").exists()
    service.start()
    wait_for(
        lambda: not Path(f"/proc/{left}").exists() or "Z" in Path(f"/proc/{left}/stat").read_text().split(")")[1][:3]
    )
    service.stop()
