"""Measure a program with a simulated server in another process."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[2]
# The rate starts low and doubles with each page time: after ten of them the ramp is over for any limit.
RAMP_PAGES = 10


@dataclass(frozen=True, slots=True)
class Setting:
    """The simulated server: slots, seconds per page in a slot, events per streamed answer."""

    name: str
    slots: int
    seconds_per_page: float
    events: int = 20


@dataclass(frozen=True, slots=True)
class Figures:
    """One program in one setting. ``seconds`` is its wall time; ``cpu_ms`` per page counts all its processes."""

    program: str
    setting: str
    pages: int
    seconds: float
    cpu_ms: float
    serving_seconds: float
    requests: int
    most_in_flight: int
    most_busy: int
    busy_share: float
    steady_share: float | None
    ramp_seconds: float | None
    simulator_cpu_ms: float
    load: float

    @property
    def pages_per_second(self) -> float:
        """The rate from the program's start to its end."""
        return self.pages / self.seconds

    @property
    def serving_rate(self) -> float:
        """The rate from its first request to its last answer, without the start of the program."""
        return self.pages / max(self.serving_seconds, 1e-6)


class RunFailedError(Exception):
    """A program ended with an error or did not read every page; the message has its last output."""


@contextmanager
def simulator(setting: Setting) -> Iterator[tuple[str, int]]:
    """Run a simulated server; yield its address and process id."""
    slots, seconds, events = str(setting.slots), str(setting.seconds_per_page), str(setting.events)
    command = [sys.executable, "-m", "tests.simulator", "--slots", slots, "--seconds-per-page", seconds]
    with subprocess.Popen([*command, "--events", events], cwd=REPO, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip(), process.pid
        finally:
            process.terminate()
            process.communicate()


def measure(
    program: str, setting: Setting, command: Sequence[str], pages: int, log: Path, environ: Mapping[str, str]
) -> Figures:
    """Run a command with a new simulator (``{server}`` becomes its address). Raises RunFailedError."""
    with simulator(setting) as (url, pid):
        filled = [part.replace("{server}", f"{url}/v1") for part in command]
        base = _server_cpu()
        seconds, own_cpu = _run(filled, log, environ)
        cpu = own_cpu + _server_cpu() - base
        stats = fetch_statistics(url)
        simulator_cpu = read_cpu_seconds(pid)
    if stats["completed"] < pages:
        raise RunFailedError(f"{program}: {stats['completed']} of {pages} pages were read; see {log}\n{_tail(log)}")
    return Figures(
        program=program,
        setting=setting.name,
        pages=pages,
        seconds=seconds,
        cpu_ms=1000 * cpu / pages,
        serving_seconds=stats["seconds"],
        requests=stats["requests"],
        most_in_flight=stats["most_in_flight"],
        most_busy=stats["most_busy"],
        busy_share=stats["slots_busy_share"],
        steady_share=measure_steady_share(stats["timeline"], setting),
        ramp_seconds=measure_ramp_seconds(stats["timeline"], setting.slots),
        simulator_cpu_ms=1000 * simulator_cpu / pages,
        load=os.getloadavg()[0],
    )


def measure_steady_share(timeline: Sequence[Sequence[float]], setting: Setting) -> float | None:
    """The share of busy slots between the ramp and the last page time; None if there is no such period.

    ``timeline`` holds pairs of seconds since the first request and slots busy from then on.
    """
    if not timeline:
        return None
    first, last = RAMP_PAGES * setting.seconds_per_page, timeline[-1][0] - setting.seconds_per_page
    if last - first < 2 * setting.seconds_per_page or not setting.seconds_per_page:
        return None
    area = 0.0
    for (start, busy), (end, _) in itertools.pairwise(timeline):
        area += busy * max(0.0, min(end, last) - max(start, first))
    return area / (setting.slots * (last - first))


def measure_ramp_seconds(timeline: Sequence[Sequence[float]], slots: int) -> float | None:
    """The seconds from the first request until 90% of the slots were busy; None if they never were."""
    return next((moment for moment, busy in timeline if busy >= 0.9 * slots), None)


def fetch_statistics(url: str) -> dict[str, Any]:
    """Fetch the counters of the simulator."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{url}/_stats", timeout=30) as response:
        found: dict[str, Any] = json.load(response)
    return found


def read_cpu_seconds(pid: int) -> float:
    """Read the CPU seconds of a running process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _run(command: Sequence[str], log: Path, environ: Mapping[str, str]) -> tuple[float, float]:
    """Run a command; return wall seconds, and CPU seconds including its children."""
    started = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environ, cwd=log.parent)
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.terminate()
            process.wait()
            raise
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RunFailedError(f"{command[0]} ended with {process.returncode}; see {log}\n{_tail(log)}")
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime


def _server_cpu() -> float:
    from flows.local_server.server import find_running_server

    server = find_running_server()
    return read_cpu_seconds(server.pid) if server else 0.0


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])
