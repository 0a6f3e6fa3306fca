"""What a job is: a document with options. The same bytes with the same options are the same job."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal, get_args

from pydantic import field_validator

from olmocr_core.domain.identity import value_digest
from olmocr_core.domain.models import DocumentStatus, ErrorInfo, Frozen

State = Literal["queued", "running", "done", "failed", "cancelled"]
ResultFormat = Literal["markdown", "json", "dolma"]
FINAL: frozenset[State] = frozenset({"done", "failed", "cancelled"})
RESULT_FORMATS: tuple[ResultFormat, ...] = get_args(ResultFormat)
_ID_LENGTH = 32


class JobOptions(Frozen):
    """What a client may choose. ``formats``: those that the result is given in; the first where nobody asks for one."""

    formats: tuple[ResultFormat, ...] = RESULT_FORMATS

    @field_validator("formats")
    @classmethod
    def _without_repeats(cls, formats: tuple[ResultFormat, ...]) -> tuple[ResultFormat, ...]:
        if not formats:
            raise ValueError("name at least one format")
        return tuple(dict.fromkeys(formats))

    @property
    def digest(self) -> str:
        """The identity of these options."""
        return value_digest(self.model_dump(mode="json"))


class Job(Frozen):
    """One job as it is stored. ``recipe``: how its pages were read; ``not_before``: seconds since 1970 of its next try.

    ``reasons`` say why it failed or, while it is queued, why the last try failed. ``tries`` counts tries that failed for
    reasons outside of the document.
    """

    id: str
    document: str
    options: JobOptions
    filename: str
    size_bytes: int
    created: float
    state: State = "queued"
    finished: float | None = None
    pages: int | None = None
    pages_done: int = 0
    document_status: DocumentStatus | None = None
    reasons: tuple[ErrorInfo, ...] = ()
    recipe: str = ""
    tries: int = 0
    not_before: float = 0.0

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to it by itself."""
        return self.state in FINAL


def job_id(document: str, options: JobOptions) -> str:
    """The id of a job, from the sha256 of the document and its options alone."""
    return value_digest([document, options.digest])[:_ID_LENGTH]


def iso_time(seconds: float) -> str:
    """Seconds since 1970 as an ISO date-time in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
