from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from service.jobs.database import open_database
from service.jobs.store import JobStore
from tests.service.jobs.examples import a_job


async def test_what_is_stored_is_there_at_the_next_start(tmp_path: Path) -> None:
    file = tmp_path / "a folder %20" / "jobs.sqlite"
    file.parent.mkdir()
    async with open_database(file) as engine:
        await JobStore(engine).add(a_job())
    async with open_database(file) as engine:
        assert await JobStore(engine).get(a_job().id) == a_job()


async def test_a_commit_is_on_the_disk_and_blocks_no_reader(tmp_path: Path) -> None:
    async with open_database(tmp_path / "jobs.sqlite") as engine, engine.connect() as connection:
        settings = {
            name: (await connection.execute(text(f"PRAGMA {name}"))).scalar()
            for name in ("synchronous", "journal_mode")
        }
    # 2 is FULL: in WAL mode the default lets a power cut undo the last commits.
    assert settings == {"synchronous": 2, "journal_mode": "wal"}
