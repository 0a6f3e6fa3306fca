"""Runs a command and leaves nothing of it behind. Started by path; needs the standard library only.

``guardian.py PARENT GRACE_SECONDS COMMAND...``: standard input is a pipe that the parent holds open. When it ends, or the
parent is gone, the command gets SIGTERM, and after the grace time everything that it started gets SIGKILL, processes
that left its group included: this process is their subreaper. A byte on the pipe skips the grace time. When the command
ends by itself, what it left is killed at once. Exit status: the command's, or 128 plus its signal's number.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_OURS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PIPE = 0


def main(parent: int, grace_seconds: float, command: list[str]) -> int:
    """Run the command to its end; see the module."""
    prctl = ctypes.CDLL(None).prctl
    prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    # A Ctrl-C in the terminal is the parent's to decide on.
    for number in _OURS:
        signal.signal(number, signal.SIG_IGN)

    def in_the_child() -> None:
        for number in _OURS:
            signal.signal(number, signal.SIG_DFL)
        # Were we killed ourselves, the command would have nobody to end it.
        prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)

    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=in_the_child)
    ended = os.pidfd_open(server.pid)
    if _told_to_stop(ended, parent):
        server.terminate()
        select.select([ended], [], [], grace_seconds)
    server.poll()
    _kill_below()
    status = server.wait()
    _reap()
    return status if status >= 0 else 128 - status


def _told_to_stop(ended: int, parent: int) -> bool:
    """Wait for the command's end (False) or for the parent's word or end (True unless in a hurry)."""
    while True:
        ready = select.select([ended, _PIPE], [], [], 1.0)[0]
        if ended in ready:
            return False
        if _PIPE in ready:
            return not os.read(_PIPE, 1)
        # A process that the parent forked may hold the pipe open after its death.
        if os.getppid() != parent:
            return True


def _kill_below() -> int:
    """SIGKILL every living descendant; returns how many there were."""
    children = defaultdict(list)
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, above = entry.read_text("utf-8", "replace").rpartition(")")[2].split()[:2]
            if state != "Z":
                children[int(above)].append(int(entry.parent.name))
    found, todo = 0, list(children[os.getpid()])
    while todo:
        process_id = todo.pop()
        todo += children[process_id]
        found += 1
        with contextlib.suppress(ProcessLookupError):
            os.kill(process_id, signal.SIGKILL)
    return found


def _reap() -> None:
    """Until no child is left: those whose parents die become ours."""
    with contextlib.suppress(ChildProcessError):
        while True:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                _kill_below()
                time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]))
