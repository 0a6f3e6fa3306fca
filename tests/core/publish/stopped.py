"""Publishing that is stopped before each of its changes of a file system: by a kill, or by what a test puts in its place."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from olmocr_core.domain.settings import Publish
from olmocr_core.publish.publish_run import publish_run
from tests.core.publish.records import context, finished, prepared, publish, record

OLD = [record("a.pdf", "old"), record("gone.pdf", "gone")]
NEW = [record("a.pdf", "new"), record("b.pdf", "more")]
PLAIN = Publish(formats=("dolma", "markdown"))
CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir")


def kill() -> None:
    """End this process as kill -9 does."""
    os.kill(os.getpid(), signal.SIGKILL)


def stop_before_each_change(folder: str, arm: Callable[[Path], Callable[[], None]]) -> None:
    """For every N, publish OLD, then NEW in a child that is stopped before it changes the file system for the Nth time.

    ``arm`` is called in the child with its workspace, a folder of its own below ``folder``, and returns what stops it.
    """
    for moment in range(1000):
        at = context(Path(folder) / f"{moment:03d}")
        publish(OLD, at, PLAIN)
        new = context(at.workspace, run="new")
        finished(NEW, new, PLAIN)
        child = os.fork()
        if child == 0:
            _stop_after(moment, arm(at.workspace))
            publish_run(prepared(new, PLAIN))
            os._exit(0)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
            break


def _stop_after(left: int, stop: Callable[[], None]) -> None:
    def count(event: str, args: tuple[object, ...]) -> None:
        nonlocal left
        if event in CHANGES or (event == "open" and args[1] in ("wb", "xb", "w+b")):
            left -= 1
            if left == -1:
                stop()

    sys.addaudithook(count)
