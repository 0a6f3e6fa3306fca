"""One process of the server, from its start under a guardian to its end, with its log."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from olmocr_core.domain.errors import RunError
from olmocr_core.engines.sglang.diagnostics import Diagnosis, diagnose

_GUARDIAN = Path(__file__).with_name("guardian.py")
_TAIL_BYTES = 100_000
_SHOWN_LINES = 15
_POLL_SECONDS = 0.05
# For killing and reaping, after the grace time.
_GUARDIAN_SECONDS = 15.0


class ServerProcess:
    """A running command. ``process_id`` is the guardian's; the command is its child, in the same session."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path, stop_seconds: float) -> None:
        """Start the command and append its output to ``log``. Raises RunError when log or interpreter cannot be opened."""
        self._log = log
        self._stop_seconds = stop_seconds
        self.was_ready = False
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("ab") as output:
                self._offset = output.tell()
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-S", str(_GUARDIAN), str(os.getpid()), str(stop_seconds), *command],
                    stdin=subprocess.PIPE,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=dict(environment),
                    start_new_session=True,
                )
        except OSError as error:
            raise RunError(f"SGLang could not be launched: {error}") from error

    @property
    def process_id(self) -> int:
        """The id of the guardian, and of the process group."""
        return self._process.pid

    @property
    def log_bytes(self) -> int:
        """The bytes that this process has written to the log."""
        return self._log.stat().st_size - self._offset

    def mark_ready(self) -> None:
        """Mark it ready: a later diagnosis reads only what it writes from now on."""
        self.was_ready = True
        self._offset = self._log.stat().st_size

    def exit_status(self) -> int | None:
        """The exit status, 128 plus the number of a signal; None while it runs."""
        return self._process.poll()

    def diagnosis(self) -> Diagnosis | None:
        """What its last log lines mean; None when no known cause is in them."""
        return diagnose(self._last_lines(400))

    def describe(self, event: str) -> str:
        """A message for people: the event, the diagnosis, and the last lines of the log."""
        found = self.diagnosis()
        lines = self._last_lines(_SHOWN_LINES)
        parts = [event, *([f"Likely: {found.text}."] if found else []), f"Last lines of {self._log}:", *lines]
        return "\n".join(parts)

    async def end(self, *, hurry: bool = False) -> None:
        """Send SIGTERM, wait for the grace time (not in a hurry), kill the rest; returns when no process is left."""
        pipe = self._process.stdin
        with contextlib.suppress(OSError, ValueError):
            if pipe is not None and not pipe.closed:
                # From here on the guardian needs nothing from us, even if this wait is cancelled.
                pipe.write(b"!" if hurry else b"")
                pipe.close()
        deadline = time.monotonic() + self._stop_seconds + _GUARDIAN_SECONDS
        while self._process.poll() is None:
            if time.monotonic() > deadline:
                os.killpg(self._process.pid, signal.SIGKILL)
            await asyncio.sleep(_POLL_SECONDS)

    def _last_lines(self, count: int) -> list[str]:
        try:
            with self._log.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(self._offset, size - _TAIL_BYTES))
                text = file.read().decode("utf-8", "replace")
        except OSError:
            return []
        return [line for line in text.splitlines() if line.strip()][-count:]


def find_free_port(host: str = "127.0.0.1") -> int:
    """A port that no process listens on now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def make_server_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Our environment with ``extra``, without a proxy for loopback: the server sends itself requests when it starts."""
    environment = {**os.environ, **extra, "PYTHONUNBUFFERED": "1"}
    for name in ("NO_PROXY", "no_proxy"):
        environment[name] = ",".join(filter(None, [environment.get(name), "127.0.0.1", "localhost"]))
    return environment
