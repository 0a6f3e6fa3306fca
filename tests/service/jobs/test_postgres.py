"""Jobs in a real Postgres: the same answers, one service at a time, and a database that is killed under it."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from infra.team.stores import Postgres, account
from olmocr_core.domain.errors import RunError, UsageError
from service.jobs.database import open_database
from service.jobs.store import JobStore
from tests.service.documents import PAPER, PATH, SAMPLES
from tests.service.jobs.examples import a_job
from tests.service.serving import serving

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]
HAS_POSTGRES = shutil.which("postgres") or any(Path("/usr/lib/postgresql").glob("*/bin/postgres"))


class Server:
    """A Postgres that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._postgres = Postgres(folder, account())
        self.url = self._postgres.url.replace("+asyncpg", "")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = self._postgres.prepare()
        self._process = subprocess.Popen(command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not self._postgres.ready():
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def postgres() -> Iterator[Server]:
    if not HAS_POSTGRES:
        pytest.skip("Postgres is not installed: apt-get install postgresql")
    # A socket's path is short, and its folder can be entered by another user.
    folder = Path("/tmp") / f"olmocr-pg-{time.time_ns()}"
    folder.mkdir(mode=0o755)
    server = Server(folder)
    server.start()
    yield server
    server.kill()
    shutil.rmtree(folder)


async def test_jobs_are_stored_and_one_service_uses_it_at_a_time(postgres: Server) -> None:
    async with open_database(postgres.url) as engine:
        await JobStore(engine).add(a_job())
        with pytest.raises(RunError, match="another olmocr-serve uses the database"):
            await open_database(postgres.url).__aenter__()
    async with open_database(postgres.url) as engine:
        assert await JobStore(engine).get(a_job().id) == a_job()
    with pytest.raises(UsageError, match="write postgresql://"):
        await open_database("mysql://a").__aenter__()
    postgres.kill()
    with pytest.raises(RunError, match="cannot be used"):
        await open_database(postgres.url).__aenter__()


def test_a_database_that_is_killed_costs_no_job(postgres: Server, tmp_path: Path) -> None:
    documents = sorted(path for path in SAMPLES.iterdir() if path.suffix in (".pdf", ".tif"))
    with serving(tmp_path, OLMOCR_SERVE_DATABASE=postgres.url) as running:
        sent = [
            httpx.post(f"{running.url}{PATH}", files={"file": (path.name, path.read_bytes())}, timeout=60).json()
            for path in documents
        ]
        postgres.kill()
        away = httpx.post(f"{running.url}{PATH}", content=PAPER + b"%other", timeout=60)
        assert (away.status_code, away.headers["retry-after"]) == (503, "5")
        assert "nothing was accepted" in away.json()["detail"]
        postgres.start()
        for job in sent:
            ended = httpx.get(f"{running.url}{PATH}/{job['id']}", params={"wait": 200}, timeout=300).json()
            assert ended["state"] == "done"
        assert httpx.post(f"{running.url}{PATH}", content=PAPER + b"%other", timeout=60).status_code in (200, 202)
