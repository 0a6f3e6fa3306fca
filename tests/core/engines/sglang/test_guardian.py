"""The guardian as a real process: what it ends, when, and with which status."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from olmocr_core.engines.sglang import guardian

SCRIPT = Path(guardian.__file__)
# Starts a process in a session of its own, says both ids, and then does as it is told.
COMMAND = """
import os, signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"], start_new_session=True)
if "stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(os.getpid(), child.pid, flush=True)
if "end" in sys.argv:
    sys.exit(5)
if "abort" in sys.argv:
    os.kill(os.getpid(), signal.SIGABRT)
time.sleep(600)
"""


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[str]]]:
    """Guardians that a test started; none is left over."""
    running: list[subprocess.Popen[str]] = []
    yield running
    for process in running:
        # Closing the pipe ends everything below; a second close does no harm.
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=60)
        assert process.stdout is not None
        process.stdout.close()


def start(
    started: list[subprocess.Popen[str]], does: str = "", grace: float = 60
) -> tuple[subprocess.Popen[str], list[int]]:
    """A guardian with the command below it, and the ids of the command and of its child."""
    arguments = [str(SCRIPT), str(os.getpid()), str(grace), sys.executable, "-c", COMMAND, does]
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    started.append(process)
    assert process.stdout is not None
    return process, [int(word) for word in process.stdout.readline().split()]


def all_gone(ids: list[int]) -> bool:
    return not any(psutil.pid_exists(each) for each in ids)


@pytest.mark.parametrize(("does", "status"), [("end", 5), ("abort", 128 + signal.SIGABRT)])
def test_the_status_is_the_commands_and_its_descendants_die_with_it(
    started: list[subprocess.Popen[str]], does: str, status: int
) -> None:
    process, ids = start(started, does)
    assert process.wait(timeout=30) == status
    assert all_gone(ids)


def test_a_closed_pipe_ends_the_command_by_sigterm(started: list[subprocess.Popen[str]]) -> None:
    process, ids = start(started)
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(timeout=30) == 128 + signal.SIGTERM
    assert all_gone(ids)


def test_a_command_that_ignores_sigterm_is_killed_after_the_grace_time(started: list[subprocess.Popen[str]]) -> None:
    process, ids = start(started, "stubborn", grace=0.2)
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(timeout=30) == 128 + signal.SIGKILL
    assert all_gone(ids)


def test_a_byte_on_the_pipe_skips_the_grace_time(started: list[subprocess.Popen[str]]) -> None:
    process, ids = start(started, "stubborn", grace=600)
    assert process.stdin is not None
    process.stdin.write("!")
    process.stdin.close()
    assert process.wait(timeout=30) == 128 + signal.SIGKILL
    assert all_gone(ids)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_to_the_guardian_end_nothing(started: list[subprocess.Popen[str]], number: signal.Signals) -> None:
    process, ids = start(started)
    process.send_signal(number)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=0.3)
    assert not any(psutil.Process(each).status() == psutil.STATUS_ZOMBIE for each in ids)
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(timeout=30) == 128 + signal.SIGTERM
    assert all_gone(ids)
