"""The database of jobs: opened, migrated, and set up so that what is committed survives a power cut."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, Dialect, event, make_url, text
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from olmocr_core.domain.errors import RunError, UsageError

# Readers go on while one connection writes; a commit returns when it is on the disk.
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON")
# The number of the lock by which one service uses a Postgres at a time, chosen once at random.
_LOCK = 5_917_240_688_213


@asynccontextmanager
async def open_database(place: Path | str) -> AsyncIterator[AsyncEngine]:
    """The SQLite database in a file, or the Postgres of a URL; it is made or brought up to date first.

    Raises UsageError for another URL, and RunError for a Postgres that does not answer or that another service uses.
    """
    engine = _make_sqlite(place) if isinstance(place, Path) else _make_postgres(place)
    try:
        if isinstance(place, Path):
            async with engine.begin() as connection:
                await connection.run_sync(migrate)
            yield engine
            return
        async with _sole_use(engine):
            yield engine
    finally:
        await engine.dispose()


def migrate(connection: Connection) -> None:
    """Apply the migrations that a database lacks, in one transaction."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _make_sqlite(file: Path) -> AsyncEngine:
    engine = create_async_engine(URL.create("sqlite+aiosqlite", database=str(file)))
    event.listen(engine.sync_engine, "connect", _set_up_connection)
    return engine


def _make_postgres(url: str) -> AsyncEngine:
    try:
        given = make_url(url)
    except ArgumentError:
        given = make_url("none://")
    if given.get_backend_name() not in ("postgres", "postgresql"):
        raise UsageError(
            "OLMOCR_SERVE_DATABASE: write postgresql://USER:PASSWORD@HOST/DATABASE, or leave it out for SQLite"
        )
    # A connection that a restart of Postgres has ended is replaced before it is used.
    engine = create_async_engine(given.set(drivername="postgresql+asyncpg"), pool_pre_ping=True)
    event.listen(engine.sync_engine, "do_connect", _connect)
    return engine


def _connect(dialect: Dialect, record: Any, arguments: Any, options: Any) -> Any:
    """Connect, with one class for every reason why that fails: the driver raises what the system gave it."""
    try:
        return dialect.connect(*arguments, **options)
    except Exception as error:
        raise OperationalError("connect", None, error) from error


@asynccontextmanager
async def _sole_use(engine: AsyncEngine) -> AsyncIterator[None]:
    """Migrate a Postgres, and hold it against other services until the end of the block, or of the connection."""
    try:
        connection = await engine.connect()
        locked = await connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _LOCK})
        await connection.commit()
        if not locked:
            await connection.close()
            raise RunError("another olmocr-serve uses the database of OLMOCR_SERVE_DATABASE; give each service its own")
        async with engine.begin() as migrating:
            await migrating.run_sync(migrate)
    except SQLAlchemyError as error:
        why = getattr(error, "orig", None) or error
        raise RunError(f"the database of OLMOCR_SERVE_DATABASE cannot be used: {why}") from error
    try:
        yield
    finally:
        # Without a word if Postgres is gone by then.
        await connection.invalidate()
        await connection.close()


def _set_up_connection(connection: Any, record: Any) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
