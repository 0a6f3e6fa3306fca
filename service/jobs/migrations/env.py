"""Alembic's environment: it migrates over the connection that ``migrate`` opened."""

from alembic import context

from service.jobs.tables import METADATA

# SQLite cannot alter tables: Alembic copies them instead.
context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
