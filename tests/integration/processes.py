"""Real processes with logs, told apart by a mark in their environment, so that none of them outlives the tests."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import psutil

from infra.team.stores import ends_with_parent

REPO = Path(__file__).resolve().parents[2]
MARK = "INTEGRATION_SITE"
T = TypeVar("T")


class TooLate(AssertionError):
    """What was waited for did not happen in time."""


def wait_for(what: str, look: Callable[[], T | None], seconds: float, every: float = 0.2) -> T:
    """The first true answer of ``look``. Raises TooLate that names what was waited for and what was seen last."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TooLate(f"{what}: not within {seconds:.0f} s; last seen: {found!r}")
        time.sleep(every)
    return found


@dataclass
class Crew:
    """The processes of one site. ``mark`` is in the environment of each, and of whatever they start."""

    logs: Path
    mark: str
    environment: dict[str, str]
    members: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, command: Sequence[object], **more: str) -> subprocess.Popen[bytes]:
        """Start, or start again, what an operator's supervisor would; its output goes to ``<name>.log``."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{name}.log").open("ab") as log:
            self.members[name] = subprocess.Popen(
                # Tests that are killed from outside end nothing any more.
                [*ends_with_parent("TERM"), *map(str, command)],
                cwd=REPO,
                env={**self.environment, MARK: self.mark, **more},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self.members[name]

    def run(self, command: Sequence[object], seconds: float = 240, **more: str) -> str:
        """Run a command to its end; its output comes back. Raises AssertionError with the output when it fails."""
        done = subprocess.run(
            [*map(str, command)],
            cwd=REPO,
            env={**self.environment, MARK: self.mark, **more},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def kill(self, name: str, *, with_children: bool = False) -> None:
        """``kill -9``; with its children it is as if the machine had vanished."""
        process = self.members[name]
        doomed = psutil.Process(process.pid).children(recursive=True) if with_children else []
        process.kill()
        for child in doomed:
            _kill(child)
        process.wait()

    def alive(self, name: str) -> bool:
        """Whether a member runs."""
        return name in self.members and self.members[name].poll() is None

    def marked(self, *words: str) -> list[psutil.Process]:
        """The site's living processes whose command line holds one of the words (or any, where none is given)."""
        return [process for process in self._all() if not words or any(word in command(process) for word in words)]

    def flow_process(self, flow_run: str) -> psutil.Process | None:
        """The process that executes a flow run."""
        for process in self.marked("prefect.engine", "flow-run"):
            if variables(process).get("PREFECT__FLOW_RUN_ID") == flow_run:
                return process
        return None

    def end(self) -> None:
        """Kill everything that carries the mark, wherever it hangs in the process tree."""
        for _ in range(20):
            left = list(self._all())
            for process in left:
                _kill(process)
            if not left:
                break
            psutil.wait_procs(left, timeout=1)
        for member in self.members.values():
            member.wait(10)

    def tails(self, lines: int = 40) -> str:
        """The end of every log."""
        found = []
        for path in sorted(self.logs.glob("*.log")):
            text = path.read_text("utf-8", "replace").splitlines()[-lines:]
            found.append("\n".join([f"----- {path}", *text]))
        return "\n".join(found)

    def _all(self) -> Iterator[psutil.Process]:
        for process in psutil.process_iter():
            if process.pid != os.getpid() and variables(process).get(MARK) == self.mark:
                yield process


def command(process: psutil.Process) -> str:
    """A process's command line; empty when it is gone."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def variables(process: psutil.Process) -> Mapping[str, str]:
    """A process's environment; empty when it is gone, a zombie, or somebody else's."""
    try:
        found: dict[str, str] = process.environ()
        return found
    except (psutil.Error, OSError):
        return {}


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.Error:
        return
