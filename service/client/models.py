"""What the service says of documents and pages. Members that a newer service adds are left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

FINAL = frozenset({"done", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a document failed, lacks pages, or waits for its next try: a code and a sentence."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Job:
    """One document at the service; ``id`` names it. ``document_status`` is that of its record, once it is done.

    ``state``: queued, running, done, failed or cancelled. ``position``: how many documents wait before it.
    """

    id: str
    sha256: str
    filename: str
    size_bytes: int
    state: str
    pages_done: int
    pages: int | None
    position: int | None
    document_status: str | None
    reasons: tuple[Reason, ...]
    formats: tuple[str, ...]
    created: str
    finished: str | None
    estimate_seconds: float | None = None

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to it by itself."""
        return self.state in FINAL


@dataclass(frozen=True, slots=True)
class Page:
    """A finished page: its Markdown, and how far its document is. ``record`` is all that the service knows of it."""

    number: int
    status: str
    route: str
    text: str
    pages_done: int
    pages: int | None
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Converted:
    """A document that is done, and its text in the format that was asked for."""

    job: Job
    text: str


def parse_job(values: Mapping[str, Any]) -> Job:
    """A job from the service's JSON."""
    known = {field.name: values[field.name] for field in fields(Job) if field.name in values}
    reasons = tuple(Reason(one["code"], one["message"]) for one in values["reasons"])
    return Job(**known | {"reasons": reasons, "formats": tuple(values["formats"])})


def parse_page(event: Mapping[str, Any], record: Mapping[str, Any]) -> Page:
    """A page from its event and its record."""
    return Page(
        number=event["page"],
        status=event["status"],
        route=event["route"],
        text=record["transcription"]["text"],
        pages_done=event["pages_done"],
        pages=event["pages"],
        record=record,
    )
