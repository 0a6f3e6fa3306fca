from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from service.jobs.database import open_database
from service.jobs.tables import METADATA


async def test_the_migrations_make_the_tables_that_the_code_reads(tmp_path: Path) -> None:
    async with open_database(tmp_path / "jobs.sqlite") as engine, engine.connect() as connection:
        differences = await connection.run_sync(
            lambda found: compare_metadata(MigrationContext.configure(found, opts={"compare_type": True}), METADATA)
        )
    assert differences == []
