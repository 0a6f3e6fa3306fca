"""Migrations of the jobs' database, by Alembic: applied at every start of the service."""
