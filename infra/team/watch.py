"""Supervises processes: starts them in order, restarts one that ends, and stops them in the opposite order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from olmocr_core.domain.errors import RunError

READY_SECONDS = 120
STOP_SECONDS = 10
CHECK_SECONDS = 1.0


@dataclass
class Service:
    """One supervised process."""

    name: str
    command: list[str]
    log: Path
    environment: dict[str, str] | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it in a session of its own, since Ctrl-C is for the supervisor. Children of an earlier start are killed."""
        if self.process:
            # API processes outlive their parent and would keep its port.
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        with self.log.open("ab") as stream:
            self.process = subprocess.Popen(
                self.command, env=self.environment, stdout=stream, stderr=stream, cwd="/", start_new_session=True
            )

    def ended(self) -> bool:
        """Whether it is not running."""
        return self.process is None or self.process.poll() is not None

    def stop(self) -> None:
        """Stop it and its children, by SIGKILL when it takes too long."""
        if self.process is None or self.ended():
            return
        # Postgres shuts down fast at SIGINT; at SIGTERM it waits for every connection to end.
        self.process.send_signal(signal.SIGINT if self.name == "postgres" else signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Team:
    """The supervised processes, in the order in which they depend on each other."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._services: list[Service] = []
        self.stopping = threading.Event()

    def add(
        self,
        name: str,
        command: list[str],
        ready: Callable[[], bool],
        environment: dict[str, str] | None = None,
    ) -> None:
        """Start a service and wait until it is ready. Raises RunError with the end of its log when it does not start."""
        self._logs.mkdir(parents=True, exist_ok=True)
        service = Service(name, command, self._logs / f"{name}.log", environment)
        self._services.append(service)
        service.start()
        deadline = time.monotonic() + READY_SECONDS
        while not ready():
            if self.stopping.wait(0.2):
                raise RunError(f"stopped while {name} was starting")
            if service.ended() or time.monotonic() > deadline:
                tail = service.log.read_text("utf-8", "replace").splitlines()[-15:]
                raise RunError("\n".join([f"{name} did not start; the end of {service.log}:", *tail]))

    def watch(self) -> None:
        """Restart services that end, until told to stop."""
        while not self.stopping.wait(CHECK_SECONDS):
            for service in self._services:
                if service.ended():
                    sys.stderr.write(f"{service.name} ended and is restarted; see {service.log}\n")
                    service.start()

    def stop(self) -> None:
        """Stop all services, the last one first."""
        for service in reversed(self._services):
            service.stop()
