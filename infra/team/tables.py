"""``python -m infra.team.tables``: the database of a team's server brought up to date, before its API processes start.

Several of them would race, for the tables and for the types of blocks alike, and the one that loses takes the API down.
"""

from __future__ import annotations

import asyncio

from prefect.server.database import provide_database_interface
from prefect.server.models.block_registration import run_block_auto_registration


async def prepare() -> None:
    """Make or change the tables, then register the types of blocks."""
    database = provide_database_interface()
    await database.create_db()
    async with await database.session() as session:
        await run_block_auto_registration(session=session)


if __name__ == "__main__":
    asyncio.run(prepare())
