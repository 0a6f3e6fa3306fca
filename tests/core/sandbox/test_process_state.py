from __future__ import annotations

import os
import signal
import subprocess
import sys

import psutil

from olmocr_core.sandbox.process_state import read_queued_seconds, stands_still


def test_a_stopped_process_stands_still_and_a_waiting_one_does_not() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert not stands_still(child.pid)
        os.kill(child.pid, signal.SIGSTOP)
        os.waitpid(child.pid, os.WUNTRACED)
        assert stands_still(child.pid)
        assert psutil.Process(child.pid).status() == psutil.STATUS_STOPPED
        child.kill()
    assert not stands_still(child.pid), "it is gone"


def test_queued_seconds_only_grow_and_are_zero_for_nobody() -> None:
    first = read_queued_seconds(os.getpid())
    assert 0 <= first <= read_queued_seconds(os.getpid())
    # Above the largest number of a process.
    assert read_queued_seconds(1 << 23) == 0
