"""``python -m tasks.prefect_compat.server_database``: bring the database of a Prefect server up to date before it starts.

Relies on: ``prefect.server.database.provide_database_interface().create_db()`` and
``prefect.server.models.block_registration.run_block_auto_registration``, both internal to the server.
Why: several API processes that start at once race for the tables and for the block types, and the one that loses takes
the API down. The command ``prefect server database upgrade`` makes the tables only.
Contract: tests/tasks/prefect_compat/test_server_database.py prepares an empty database.
Goes when: a command of Prefect's does both, or API processes no longer race.
"""

from __future__ import annotations

import asyncio

from prefect.server.database import provide_database_interface
from prefect.server.models.block_registration import run_block_auto_registration


async def prepare_database() -> None:
    """Create or migrate the tables, then register the block types."""
    database = provide_database_interface()
    await database.create_db()
    async with await database.session() as session:
        await run_block_auto_registration(session=session)


if __name__ == "__main__":
    asyncio.run(prepare_database())
