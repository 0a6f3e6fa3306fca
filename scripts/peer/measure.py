"""A simulator in a process of its own, a program in another, and what both say afterwards."""

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
# The pace starts low and doubles once a page time: after ten of them the ramp is over whatever the limit is.
RAMP_PAGES = 10


@dataclass(frozen=True, slots=True)
class Setting:
    """How the simulated server behaves: slots, seconds a page takes in its slot, events an answer is streamed in."""

    name: str
    slots: int
    seconds_per_page: float
    events: int = 20


@dataclass(frozen=True, slots=True)
class Figures:
    """One program in one setting. ``seconds`` is wall time from its start to its end, ``cpu_ms`` is a page's, all processes."""

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
        """From the program's start to its end."""
        return self.pages / self.seconds

    @property
    def serving_rate(self) -> float:
        """From its first request to its last answer: what starting the program costs is left out."""
        return self.pages / max(self.serving_seconds, 1e-6)


class RunFailedError(Exception):
    """A program ended with an error or did not read every page; the message holds its last words."""


@contextmanager
def simulator(setting: Setting) -> Iterator[tuple[str, int]]:
    """The address of a simulated server and its process id."""
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
    """Run a command against a fresh simulator (``{server}`` in it is the address). Raises RunFailedError."""
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
    """The share of slots that were busy after the ramp and before the last page time; None for a run without such a part.

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
    """Seconds from the first request until nine slots in ten were busy for the first time; None if they never were."""
    return next((moment for moment, busy in timeline if busy >= 0.9 * slots), None)


def fetch_statistics(url: str) -> dict[str, Any]:
    """What the simulator counted."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{url}/_stats", timeout=30) as response:
        found: dict[str, Any] = json.load(response)
    return found


def read_cpu_seconds(pid: int) -> float:
    """CPU seconds that a live process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _run(command: Sequence[str], log: Path, environ: Mapping[str, str]) -> tuple[float, float]:
    """Wall seconds, and CPU seconds with those of all children that it waited for."""
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
    from flows.local_server.server import running_server

    server = running_server()
    return read_cpu_seconds(server.pid) if server else 0.0


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])
