"""Attribute the CPU time of a flow run's process to Prefect, to this project, or to neither.

Python imports this module through PYTHONPATH; it only measures ``prefect.engine``. A CPU timer interrupts the main thread,
whose stack shows whose code runs. The time of other threads since the last sample is attributed by their own stacks.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType

EVERY_SECONDS = 0.01
OURS = ("olmocr_core", "tasks", "flows")


class Probe:
    """Sums up CPU nanoseconds by owner."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._main = threading.get_native_id()
        self._used: dict[int, int] = {}
        self.owners: Counter[str] = Counter()

    def start(self) -> None:
        """Start sampling; write the sums when the process ends."""
        signal.signal(signal.SIGPROF, self.sample)
        signal.setitimer(signal.ITIMER_PROF, EVERY_SECONDS, EVERY_SECONDS)
        atexit.register(self.write)

    def sample(self, number: int, frame: FrameType | None) -> None:
        """Take one sample."""
        frames = sys._current_frames()
        for thread in threading.enumerate():
            native = thread.native_id
            if native is None:
                continue
            spent = self._spent(native)
            if spent > 0:
                here = frame if native == self._main else frames.get(thread.ident or 0)
                self.owners[find_owner(here)] += spent

    def _spent(self, native: int) -> int:
        try:
            now = int(Path(f"/proc/self/task/{native}/schedstat").read_bytes().split()[0])
        except OSError:
            return 0
        before, self._used[native] = self._used.get(native, 0), now
        return now - before

    def write(self) -> None:
        """Write the sums as JSON, one file for each process."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        run = os.environ.get("PREFECT__FLOW_RUN_ID", "none")
        found = {"cpu_seconds": time.process_time(), "owners": {k: v / 1e9 for k, v in self.owners.items()}}
        (self._folder / f"{run}-{os.getpid()}.json").write_text(json.dumps(found))


def find_owner(frame: FrameType | None) -> str:
    """Return the owner of a stack: that of its innermost frame in Prefect or the project; ``loop`` outside of coroutines."""
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        top = name.partition(".")[0]
        if top == "prefect":
            return "prefect"
        if top in OURS:
            return "project"
        if name == "asyncio.base_events" and frame.f_code.co_name == "_run_once":
            return "loop"
        frame = frame.f_back
    return "neither"


if "prefect.engine" in sys.orig_argv and os.environ.get("SCALE_PROBE"):
    Probe(Path(os.environ["SCALE_PROBE"])).start()
