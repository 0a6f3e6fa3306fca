"""A real ``olmocr-serve`` as its own process, which can be killed and started again on the same data and port."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from flows.local_server.ports import is_free

_START_SECONDS = 90.0


class Served:
    """The service: its address, its process, and what that and its workers use."""

    def __init__(self, data: Path, **variables: str) -> None:
        self.data = data
        self.port = next(port for port in random.sample(range(12_000, 30_000), 100) if is_free(port))
        self.url = f"http://127.0.0.1:{self.port}"
        self.temporary = data.parent / "tmp"
        self._variables = {"OLMOCR_SERVE_ACCESS_LOG": "false", "TMPDIR": str(self.temporary), **variables}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.temporary.mkdir(parents=True, exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("OLMOCR_")}
        command = [sys.executable, "-m", "service", "--port", str(self.port), "--data", str(self.data)]
        with (self.data.parent / "log").open("ab") as log:
            self._process = subprocess.Popen(command, env=kept | self._variables, stdout=log, stderr=log)
        deadline = time.monotonic() + _START_SECONDS
        while not self.answers():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError(f"the service does not start: {self.data.parent / 'log'}")
            time.sleep(0.05)

    def answers(self) -> bool:
        """Whether documents that come now are read now."""
        try:
            return httpx.get(f"{self.url}/ready", timeout=10).is_success
        except httpx.HTTPError:
            return False

    def processes(self) -> list[psutil.Process]:
        """The service first, then its workers."""
        if self._process is None or self._process.poll() is not None:
            return []
        try:
            main = psutil.Process(self._process.pid)
            return [main, *main.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def memory_mb(self) -> tuple[float, float]:
        """Megabytes of the service itself, and of its workers together."""
        sizes = []
        for process in self.processes():
            try:
                sizes.append(process.memory_info().rss / 1e6)
            except psutil.NoSuchProcess:
                continue
        return (sizes[0], sum(sizes[1:])) if sizes else (0.0, 0.0)

    def kill(self) -> None:
        """End the service alone, as a power cut would."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def stop(self) -> int:
        """End it by SIGTERM; its exit code."""
        if self._process is None:
            return 0
        self._process.terminate()
        return self._process.wait(timeout=60)


@contextmanager
def served(folder: Path, **variables: str) -> Iterator[Served]:
    """A service on the data in a folder, for the time of the block."""
    service = Served(folder / "data", **variables)
    service.start()
    try:
        yield service
    finally:
        service.stop()
