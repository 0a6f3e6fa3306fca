"""``python -m tasks.prefect_compat.sqlite_server server start``: a Prefect server on SQLite that a lock does not stop.

Patches: ``prefect.server.events.triggers.automations_session``, so that its transactions take SQLite's write lock when they
begin, and the thread in which Python's cyclic garbage collector runs.
Why: Prefect counts an event for an automation in a transaction that reads first and writes then. If another connection
has written in between, SQLite refuses at once ("database is locked"), and after five tries the event is dropped.
Worse, freeing what is left of an SQLite statement waits for its connection, and a connection that waits for the write lock
does so for a minute (Prefect's ``busy_timeout``). In the thread of the event loop, where the collector runs by default,
that stops the one coroutine that could release the lock: the whole server answers nobody for a minute, again and again.
Contract: tests/tasks/prefect_compat/test_sqlite_server.py, which also fails when Prefect takes the lock by itself.
Goes when: ``automations_session`` begins IMMEDIATE in Prefect, and its server frees no statement in its event loop.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from prefect.server.database import provide_database_interface
from prefect.server.events import triggers
from sqlalchemy.ext.asyncio import AsyncSession

from tasks.prefect_compat import apply_to_sqlite_server

_COLLECT_SECONDS = 1.0
_FULL_EVERY = 30
_THREAD = "garbage collector"


@asynccontextmanager
async def _locking_session(begin_transaction: bool = False) -> AsyncGenerator[AsyncSession, None]:
    """``automations_session`` whose transaction holds the write lock from its first statement on."""
    database = provide_database_interface()
    async with database.session_context(begin_transaction, with_for_update=begin_transaction) as session:
        yield session


def lock_before_reading() -> None:
    """Have the transactions that count events for automations begin with the write lock."""
    patched: Any = triggers
    patched.automations_session = _locking_session


def collect_in_a_thread() -> None:
    """Collect garbage in a thread of its own; the threads that make it do not stop for it."""
    if any(thread.name == _THREAD for thread in threading.enumerate()):
        return
    gc.disable()
    threading.Thread(target=_collect, name=_THREAD, daemon=True).start()


def _collect() -> None:
    passes = 0
    while True:
        time.sleep(_COLLECT_SECONDS)
        passes += 1
        gc.collect(2 if passes % _FULL_EVERY == 0 else 1)


if __name__ == "__main__":
    from prefect.cli import app

    apply_to_sqlite_server()
    app()
