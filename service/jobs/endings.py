"""How a try at a job ends: done, failed for good, or queued for the next try. Messages name the upload, never a path."""

from __future__ import annotations

import re
import time

from olmocr_core.domain.errors import OlmocrError, SliceError
from olmocr_core.domain.models import DocumentRecord, ErrorInfo
from service.jobs.models import Job

_FIRST_WAIT_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 300.0


def end_as_read(job: Job, record: DocumentRecord, error: ErrorInfo | None, recipe: str) -> tuple[Job, bytes]:
    """The job of a document that has a record, and the record as it is stored; ``error`` ended its inspection."""
    record = record.model_copy(update={"reasons": tuple(hide_path(reason, job) for reason in record.reasons)})
    code = error.code if error else f"document_{record.status}"
    ended = job.model_copy(
        update={
            "state": "failed" if record.status == "failed" else "done",
            "finished": time.time(),
            "pages": len(record.pages) if job.options.pages else record.page_count,
            "pages_done": len(record.pages),
            "document_status": record.status,
            "reasons": tuple(ErrorInfo(code=code, message=reason) for reason in record.reasons),
            "recipe": recipe,
        }
    )
    return ended, record.model_dump_json().encode()


def end_by_error(job: Job, error: Exception, retry_hours: float) -> Job:
    """The job after an error: what may pass is tried again with longer and longer waits, everything else fails."""
    code, message = "internal_error", "the service failed on this document; its log says why. Send it again"
    if isinstance(error, OlmocrError):
        code, message = error.code, hide_path(str(error), job)
    reasons = (ErrorInfo(code=code, message=message),)
    if isinstance(error, SliceError) and time.time() - job.created < retry_hours * 3600:
        wait = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2 ** min(job.tries, 20))
        return job.model_copy(update={"reasons": reasons, "tries": job.tries + 1, "not_before": time.time() + wait})
    return job.model_copy(update={"state": "failed", "finished": time.time(), "reasons": reasons})


def hide_path(message: str, job: Job) -> str:
    """A message with the upload's name in place of every path that leads to its bytes."""
    return re.sub(rf"\S*{job.document}", lambda _: job.filename, message)
