"""The local Prefect server for people who have none: started in the background once, found again by later runs."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import httpx

from flows.local_server.environment import START_COMMAND, server_environment
from flows.local_server.ports import find_free_port, is_free, is_listening
from olmocr_core.domain.errors import RunError
from olmocr_core.domain.models import Frozen
from olmocr_core.storage.files import write_atomic

PREFERRED_PORT = 4200
START_SECONDS = 180
STOP_SECONDS = 30


class PortTaken(RunError):
    """Another process took the port between the check and the start."""


class LocalServer(Frozen):
    """A server that this project started: its process group and address."""

    pid: int
    url: str

    @property
    def api_url(self) -> str:
        """The value for PREFECT_API_URL."""
        return f"{self.url}/api"


def state_folder() -> Path:
    """The folder of the local server's database, its log and the note of its address."""
    if home := os.environ.get("OLMOCR_HOME"):
        return Path(home).expanduser()
    return Path(os.environ.get("XDG_STATE_HOME", "~/.local/state")).expanduser() / "olmocr-flows"


def find_registered_server() -> LocalServer | None:
    """The local server that was started last, whether or not it answers."""
    return _known(state_folder())


def find_running_server() -> LocalServer | None:
    """The local server, if it answers."""
    server = find_registered_server()
    # Another process may listen on the address that an earlier server had.
    return server if server and _alive(server.pid) and responds(server.url) else None


def register_server(url: str) -> Path:
    """Register this process as the server at an address, so that runs, workers and ``server stop`` find it.

    Returns the folder of its state. Raises RunError when a server runs already.
    """
    folder = state_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder / "server.lock"):
        known = _known(folder)
        if known and _alive(known.pid):
            raise RunError(f"a Prefect server runs already at {known.url}; to end it: make server-stop")
        write_atomic(folder / "server.json", LocalServer(pid=os.getpid(), url=url).model_dump_json().encode())
    return folder


def ensure_server() -> LocalServer:
    """Return the local server, started if need be. Raises RunError with the end of its log when it does not start."""
    folder = state_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder / "server.lock"):
        known = _known(folder)
        if known and _alive(known.pid):
            # A busy server answers slowly; a second one beside it would make that worse.
            return _wait_for(known, folder, lambda: _alive(known.pid))
        return _start(folder)


def stop_server() -> bool:
    """Stop the local server and its children. Returns False when none was running."""
    server = find_registered_server()
    if server is None or not _alive(server.pid):
        return False
    _signal(server.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while _alive(server.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    if _alive(server.pid):
        _signal(server.pid, signal.SIGKILL)
    (state_folder() / "server.json").unlink(missing_ok=True)
    return True


def _start(folder: Path) -> LocalServer:
    for wanted in ((PREFERRED_PORT, 0), (0,), (0,)):
        port = find_free_port(wanted)
        process, server = _spawn(folder, port)
        with suppress(PortTaken):
            return _wait_for(server, folder, partial(_is_running, process), port)
    raise RunError(f"other processes took every port that the local Prefect server tried; see {folder / 'server.log'}")


def _spawn(folder: Path, port: int) -> tuple[subprocess.Popen[bytes], LocalServer]:
    command = [*START_COMMAND, "--host", "127.0.0.1", "--port", str(port)]
    environment = server_environment(folder, f"http://127.0.0.1:{port}")
    with (folder / "server.log").open("ab") as stream:
        process = subprocess.Popen(
            command, env=environment, stdout=stream, stderr=stream, stdin=subprocess.DEVNULL, start_new_session=True
        )
    server = LocalServer(pid=process.pid, url=f"http://127.0.0.1:{port}")
    write_atomic(folder / "server.json", json.dumps(server.model_dump()).encode())
    return process, server


def _is_running(process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is None


def _wait_for(server: LocalServer, folder: Path, alive: Callable[[], bool], port: int | None = None) -> LocalServer:
    """Wait until the server answers, on ``port`` itself if one is given.

    Raises PortTaken when the server has ended because another process took the port after it was found free.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and alive():
        if responds(server.url) and (port is None or is_listening(server.pid, port)):
            return server
        time.sleep(0.25)
    if alive():
        os.killpg(server.pid, signal.SIGKILL)
    elif port is not None and not is_free(port):
        raise PortTaken(server.url)
    log = folder / "server.log"
    raise RunError(f"the local Prefect server did not start; the end of {log}:\n{_tail(log)}")


def _known(folder: Path) -> LocalServer | None:
    try:
        return LocalServer.model_validate_json((folder / "server.json").read_bytes())
    except (OSError, ValueError):
        return None


def responds(url: str) -> bool:
    """Whether a Prefect server answers at an address."""
    try:
        # A proxy from the environment must never stand between this process and the loopback.
        with httpx.Client(trust_env=False, timeout=5) as client:
            return client.get(f"{url}/api/health").status_code == 200
    except httpx.HTTPError:
        return False


def _alive(pid: int) -> bool:
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # A child that has ended is a zombie until somebody waits for it.
    try:
        # Process ids are reused: what is awaited or stopped has to be a Prefect server.
        return b"prefect" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _signal(pid: int, number: signal.Signals) -> None:
    # A server in the foreground shares its group with the make that started it: signal the process alone then.
    with suppress(ProcessLookupError):
        os.killpg(pid, number) if os.getpgid(pid) == pid else os.kill(pid, number)


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-lines:])


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
