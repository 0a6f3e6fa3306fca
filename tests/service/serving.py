"""A real service on a socket: ``olmocr-serve`` as its own process, or in a thread of this one, with an engine of the test."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from olmocr_core.domain.ports import Engine
from service.app import make_app
from service.settings import ServiceSettings
from tests.ports import free_port
from tests.service.conftest import READING

_START_SECONDS = 60


@dataclass(frozen=True)
class Serving:
    """A running service: where it answers, its process, and the file that holds its log."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextlib.contextmanager
def serving(folder: Path, **variables: str) -> Iterator[Serving]:
    """Run the service on the data in ``folder``; ``variables`` are added to its environment. It is ended by SIGTERM."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [sys.executable, "-m", "service", "--port", str(port), "--data", str(folder / "data")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OLMOCR_")} | variables
    log = folder / "log"
    with log.open("ab") as stream:
        process = subprocess.Popen(command, env=environment, stdout=stream, stderr=stream)
    running = Serving(f"http://127.0.0.1:{port}", process, log)
    try:
        _wait_until_it_answers(running)
        yield running
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_until_it_answers(running: Serving) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and running.process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{running.url}/health").is_success:
                return
        time.sleep(0.05)
    raise AssertionError(f"olmocr-serve does not answer:\n{running.log.read_text()}")


@contextlib.contextmanager
def served_here(folder: Path, engine: Engine | None = None, **settings: Any) -> Iterator[str]:
    """Serve on a socket from a thread of this process: its address."""
    port = free_port()
    app = make_app(ServiceSettings(data=folder, port=port, **settings), READING, engine)
    config = uvicorn.Config(app, "127.0.0.1", port, log_config=None, access_log=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(30)
