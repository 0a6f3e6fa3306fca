"""The tables of jobs, batches, callbacks and flow runs. SQL of both SQLite and Postgres; a change here needs a migration."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import BigInteger, Column, Float, Index, Integer, MetaData, String, Table, Text, UniqueConstraint

from olmocr_core.publish.sanitize import to_json
from service.jobs.models import Job

METADATA = MetaData()
JOBS = Table(
    "jobs",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("document", String(64), nullable=False),
    Column("options_digest", String(64), nullable=False),
    Column("options", Text, nullable=False),
    Column("filename", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("created", Float(53), nullable=False),
    Column("priority", String(16), nullable=False, server_default="normal"),
    Column("state", String(16), nullable=False),
    Column("finished", Float(53)),
    Column("pages", Integer),
    Column("pages_done", Integer, nullable=False),
    Column("document_status", String(16)),
    Column("reasons", Text, nullable=False),
    Column("recipe", String(64), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("not_before", Float(53), nullable=False),
    Column("flow", String(32), nullable=False, server_default=""),
    Column("flow_run", Text, nullable=False, server_default=""),
    UniqueConstraint("document", "options_digest", name="jobs_document_options"),
    Index("jobs_state_created", "state", "created"),
    Index("jobs_flow", "flow"),
)
BATCHES = Table(
    "batches",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("created", Float(53), nullable=False),
)
BATCH_ITEMS = Table(
    "batch_items",
    METADATA,
    Column("batch", String(32), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("filename", Text, nullable=False),
    Column("job", String(32)),
    Column("code", String(64)),
    Column("message", Text),
    Index("batch_items_job", "job"),
)
CALLBACKS = Table(
    "callbacks",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("target", String(16), nullable=False),
    Column("target_id", String(32), nullable=False),
    Column("url", Text, nullable=False),
    Column("created", Float(53), nullable=False),
    Column("state", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("not_before", Float(53), nullable=False),
    Column("answer", Text, nullable=False),
    Index("callbacks_target", "target_id", "state"),
    Index("callbacks_state", "state", "not_before"),
)
FLOW_RUNS = Table(
    "flow_runs",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("created", Float(53), nullable=False),
    Column("run_id", String(64), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("state", String(16), nullable=False),
)
_JSON = ("options", "reasons")


def to_row(job: Job) -> dict[str, Any]:
    """The row of a job."""
    values = job.model_dump(mode="json")
    # Without defaults: options that come later, or formats, apply to documents that are stored already.
    values["options"] = job.options.model_dump(mode="json", exclude_defaults=True)
    return values | {name: to_json(values[name]) for name in _JSON} | {"options_digest": job.options.digest}


def from_row(row: Any) -> Job:
    """The job of a row."""
    values = {name: value for name, value in row._mapping.items() if name != "options_digest"}
    return Job.model_validate(values | {name: json.loads(values[name]) for name in _JSON})
