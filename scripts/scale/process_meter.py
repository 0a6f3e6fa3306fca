"""Measure CPU seconds and peak memory of all processes with a mark, by their role in the nightly run."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.integration.processes import MARK

EVERY_SECONDS = 0.5
# A younger process may still be between fork and exec.
YOUNG_SECONDS = 5.0
# Part of a command line -> the role of the process; the first match counts.
PARTS = {
    "server start": "Prefect server",
    "services start": "Prefect server",
    "uvicorn": "Prefect server",
    # The API processes of a team's server, and its supervisor.
    "multiprocessing.spawn": "Prefect server",
    "prefect_team": "Prefect server",
    "postgres": "database",
    "redis-server": "Redis",
    "worker start": "Prefect worker",
    "prefect.engine": "flow run",
    "olmocr_core.sandbox": "PDF worker",
}


@dataclass
class Part:
    """One role: the number of processes, their CPU seconds, the peak resident MB of the largest one and of all together."""

    processes: int = 0
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0
    peak_sum_mb: float = 0.0


@dataclass
class Meter:
    """Samples twice a second until it is stopped; ``readings`` has (role, CPU seconds, peak MB) by process.

    CPU counts from the first sample on; peaks cover the whole life of a process.
    """

    mark: str
    readings: dict[tuple[int, float], tuple[str, float, float]] = field(default_factory=dict)
    sums: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._parts: dict[tuple[int, float], str | None] = {}
        self._before: dict[tuple[int, float], float] = {}
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        """Start sampling."""
        self._sample()
        self._before = {key: cpu for key, (_, cpu, _) in self.readings.items()}
        self._thread.start()

    def stop(self) -> None:
        """Take the last sample and stop."""
        self._stop.set()
        self._thread.join()

    def parts(self) -> dict[str, Part]:
        """Sum up by role."""
        found: dict[str, Part] = defaultdict(Part)
        for key, (part, cpu, peak) in self.readings.items():
            one = found[part]
            one.processes += 1
            one.cpu_seconds += cpu - self._before.get(key, 0.0)
            one.peak_mb = max(one.peak_mb, peak)
        for part, total in self.sums.items():
            found[part].peak_sum_mb = total
        return dict(found)

    def _watch(self) -> None:
        while True:
            self._sample()
            if self._stop.wait(EVERY_SECONDS):
                self._sample()
                return

    def _sample(self) -> None:
        now: dict[str, float] = defaultdict(float)
        for process in psutil.process_iter():
            try:
                key = (process.pid, process.create_time())
                if key not in self._parts or time.time() - key[1] < YOUNG_SECONDS:
                    self._parts[key] = self._part(process)
                part = self._parts[key]
                if part is None:
                    continue
                times, resident = process.cpu_times(), process.memory_info().rss / 1e6
            except psutil.Error:
                continue
            self.readings[key] = (part, times.user + times.system, _peak_mb(process.pid))
            now[part] += resident
        for part, total in now.items():
            self.sums[part] = max(self.sums.get(part, 0.0), total)

    def _part(self, process: psutil.Process) -> str | None:
        line = " ".join(process.cmdline())
        if process.environ().get(MARK) != self.mark and not self._inherits(process):
            return None
        return next((part for words, part in PARTS.items() if words in line), "others")

    def _inherits(self, process: psutil.Process) -> bool:
        # Postgres overwrites its environment with its state: recognise its children by their parent.
        parent = process.parent()
        return parent is not None and bool(self._parts.get((parent.pid, parent.create_time())))


def _peak_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)
