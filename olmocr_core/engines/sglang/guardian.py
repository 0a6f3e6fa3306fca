"""Runs a command and kills everything that it started, whoever ends first. Needs the standard library only.

``guardian.py PARENT GRACE_SECONDS COMMAND...``: standard input is a pipe that the parent process holds open. When the pipe is
closed or the parent dies, the command gets SIGTERM, and after the grace time all its descendants get SIGKILL, also those
in other process groups: this process is their subreaper. A byte on the pipe skips the grace time. When the command ends
by itself, its descendants are killed at once. The exit status is the command's, or 128 plus the number of its signal.
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
_IGNORED_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PIPE = 0


def main(parent: int, grace_seconds: float, command: list[str]) -> int:
    """Run the command to its end. Returns the exit status."""
    prctl = ctypes.CDLL(None).prctl
    prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    # The parent decides what a Ctrl-C in the terminal ends.
    for number in _IGNORED_SIGNALS:
        signal.signal(number, signal.SIG_IGN)

    def in_the_child() -> None:
        for number in _IGNORED_SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        # If this process is killed, the command dies too.
        prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)

    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=in_the_child)
    ended = os.pidfd_open(server.pid)
    if _wait_for_stop(ended, parent):
        server.terminate()
        select.select([ended], [], [], grace_seconds)
    server.poll()
    _kill_descendants()
    status = server.wait()
    _reap()
    return status if status >= 0 else 128 - status


def _wait_for_stop(ended: int, parent: int) -> bool:
    """Wait until the command ends (False), or until the parent closes the pipe or dies (True: with the grace time)."""
    while True:
        ready = select.select([ended, _PIPE], [], [], 1.0)[0]
        if ended in ready:
            return False
        if _PIPE in ready:
            return not os.read(_PIPE, 1)
        # A child of the parent may hold the pipe open after the parent's death.
        if os.getppid() != parent:
            return True


def _kill_descendants() -> int:
    """Send SIGKILL to every living descendant. Returns their number."""
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
    """Reap and kill until no child is left: orphans become children of this process."""
    with contextlib.suppress(ChildProcessError):
        while True:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                _kill_descendants()
                time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]))
