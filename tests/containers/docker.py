"""Docker's command line, and the service in a container."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx

REPO = Path(__file__).resolve().parents[2]
SAMPLES = REPO / "tests" / "data" / "samples"
T = TypeVar("T")
# What docs/containers.md says a container needs to do without.
STRICT = (
    "--read-only",
    "--tmpfs",
    "/tmp",
    "--memory",
    "2g",
    "--cap-drop",
    "ALL",
    "--security-opt",
    "no-new-privileges",
)


def docker(*arguments: str, check: bool = True) -> str:
    """What a docker command prints, on both streams."""
    command = ["docker", *arguments]
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert ended.returncode == 0 or not check, f"{' '.join(arguments[:3])}: {ended.stdout}"
    return ended.stdout.strip()


def wait_for(what: str, attempt: Callable[[], T], seconds: float = 90) -> T:
    """The first true answer of ``attempt``, which may raise until then."""
    end = time.monotonic() + seconds
    while True:
        try:
            if answer := attempt():
                return answer
            last: object = answer
        except (httpx.HTTPError, AssertionError, subprocess.CalledProcessError) as error:
            last = error
        assert time.monotonic() < end, f"{what}: {last}"
        time.sleep(0.2)


class Service:
    """A running container of the service on a port of the loopback."""

    def __init__(self, name: str, volume: str, port: int, *flags: str) -> None:
        self.name, self.port = name, port
        mount = ("-v", f"{volume}:/data", "-p", f"127.0.0.1:{port}:8000")
        docker("run", "-d", "--name", name, *mount, *flags, "olmocr-flows")
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=180)

    def ready(self) -> Service:
        """Wait until documents are read, and show the key that the log holds."""
        wait_for("/ready", lambda: self.client.get("/ready").status_code == 200)
        self.client.headers["X-Api-Key"] = self.key()
        return self

    def key(self) -> str:
        shown = re.findall(r"^key \(shown once\): (\S+)$", docker("logs", self.name), re.MULTILINE)
        assert len(shown) == 1
        return str(shown[0])

    def send(self, path: Path, wait: int = 0) -> dict[str, Any]:
        """Send a document; its job."""
        url = f"/v1/documents?wait={wait}"
        answer = self.client.post(url, content=path.read_bytes(), headers={"X-Filename": path.name})
        assert answer.status_code in (200, 202), answer.text
        return dict(answer.json())

    def ended(self, job: dict[str, Any]) -> dict[str, Any]:
        """The job once it has ended."""
        return wait_for("the end of a job", lambda: self._state_if_ended(job["id"]))

    def _state_if_ended(self, job_id: str) -> dict[str, Any]:
        state = dict(self.client.get(f"/v1/documents/{job_id}").json())
        return state if state["state"] in ("done", "failed", "cancelled") else {}

    def text(self, job: dict[str, Any]) -> str:
        """What the service read."""
        return self.client.get(f"/v1/documents/{job['id']}/result").text

    def inspect(self, field: str) -> str:
        """A field of ``docker inspect``."""
        return docker("inspect", "-f", f"{{{{.{field}}}}}", self.name)
