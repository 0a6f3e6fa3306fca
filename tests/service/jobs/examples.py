"""Jobs to try things with."""

from __future__ import annotations

from typing import Any

from service.jobs.models import Job, JobOptions, job_id

DOCUMENT = "ab" * 32


def a_job(document: str = DOCUMENT, options: JobOptions | None = None, **fields: Any) -> Job:
    options = options or JobOptions()
    values = {"id": job_id(document, options), "filename": "a.pdf", "size_bytes": 3, "created": 1.0}
    return Job.model_validate({"document": document, "options": options, **values, **fields})
