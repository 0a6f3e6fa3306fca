"""What a job is: a document with options. The same bytes with the same options are the same job."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal, get_args

from pydantic import Field, field_validator

from olmocr_core.domain.identity import value_digest
from olmocr_core.domain.models import DocumentStatus, ErrorInfo, Frozen
from service.jobs.page_ranges import format_page_ranges, parse_page_ranges

State = Literal["queued", "running", "done", "failed", "cancelled"]
ResultFormat = Literal["markdown", "json", "dolma", "html", "docling"]
Priority = Literal["high", "normal", "low"]
FINAL: frozenset[State] = frozenset({"done", "failed", "cancelled"})
RESULT_FORMATS: tuple[ResultFormat, ...] = get_args(ResultFormat)
PRIORITIES: tuple[Priority, ...] = get_args(Priority)
_ID_LENGTH = 32


class JobOptions(Frozen):
    """What a client may choose of what its result is.

    ``formats``: those that the result is given in; the first where nobody asks for one. ``engine``: one that the service
    offers; empty for its own. ``pages``: ranges such as ``1-3,7``; empty for all.
    """

    formats: tuple[ResultFormat, ...] = RESULT_FORMATS
    engine: str = Field("", max_length=50)
    pages: str = ""

    @field_validator("formats")
    @classmethod
    def _without_repeats(cls, formats: tuple[ResultFormat, ...]) -> tuple[ResultFormat, ...]:
        if not formats:
            raise ValueError("name at least one format")
        return tuple(dict.fromkeys(formats))

    @field_validator("pages")
    @classmethod
    def _in_one_spelling(cls, pages: str) -> str:
        return format_page_ranges(parse_page_ranges(pages))

    @property
    def digest(self) -> str:
        """The identity of these options. Options that come later do not change it while nobody sets them."""
        return value_digest(self.model_dump(mode="json", exclude_defaults=True))


class Job(Frozen):
    """One job as it is stored. ``recipe``: how its pages were read; ``not_before``: seconds since 1970 of its next try.

    ``reasons`` say why it failed or, while it is queued, why the last try failed. ``tries`` counts tries that failed for
    reasons outside of the document. ``flow``: the flow run that reads or has read its pages; ``flow_run``: where people see it.
    """

    id: str
    document: str
    options: JobOptions
    filename: str
    size_bytes: int
    created: float
    priority: Priority = "normal"
    state: State = "queued"
    finished: float | None = None
    pages: int | None = None
    pages_done: int = 0
    document_status: DocumentStatus | None = None
    reasons: tuple[ErrorInfo, ...] = ()
    recipe: str = ""
    tries: int = 0
    not_before: float = 0.0
    flow: str = ""
    flow_run: str = ""

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
