"""Contract: Prefect's triggers begin without the write lock, and nothing but a call moves the garbage collector."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[3]
WHO_MAY_WRITE = """
import asyncio, sqlite3, sys
from prefect.server.events import triggers
from sqlalchemy import text
from tasks.prefect_compat import apply_to_sqlite_server

def another_may_write() -> bool:
    try:
        sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None).execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        assert str(error) == "database is locked", error
        return False
    return True

async def beside_a_reader(**options: bool) -> bool:
    async with triggers.automations_session(**options) as session:
        await session.execute(text("SELECT 1"))
        return another_may_write()

async def main() -> None:
    # When this fails, Prefect takes the lock by itself: is tasks/prefect_compat/sqlite_server.py still needed?
    assert await beside_a_reader(begin_transaction=True)
    for _ in range(2):
        apply_to_sqlite_server()
        assert not await beside_a_reader(begin_transaction=True)
        assert await beside_a_reader()

asyncio.run(main())
"""
WHO_COLLECTS = """
import gc, threading, weakref
from tasks.prefect_compat import apply_to_sqlite_server

class Loop: ...

threads, freed = [], threading.Event()
def note(_: object) -> None:
    threads.append(threading.current_thread().name)
    freed.set()

assert gc.isenabled()
apply_to_sqlite_server()
apply_to_sqlite_server()
assert not gc.isenabled()
loop = Loop()
loop.itself = loop
watch = weakref.ref(loop, note)
del loop
assert freed.wait(60)
assert threads == ["garbage collector"]
assert [thread.name for thread in threading.enumerate()].count("garbage collector") == 1
"""


def run(code: str, folder: Path) -> None:
    database = folder / "prefect.db"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    url = f"sqlite+aiosqlite:///{database}"
    environment = {**kept, "PREFECT_HOME": str(folder), "PREFECT_SERVER_DATABASE_CONNECTION_URL": url}
    command = [sys.executable, "-c", code, str(database)]
    done = subprocess.run(command, cwd=REPO, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_transaction_that_reads_first_holds_the_write_lock(tmp_path: Path) -> None:
    run(WHO_MAY_WRITE, tmp_path)


def test_garbage_is_collected_in_a_thread_of_its_own(tmp_path: Path) -> None:
    run(WHO_COLLECTS, tmp_path)
