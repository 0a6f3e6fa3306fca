"""What the page shows of a finished page: its text as HTML without anything that acts, and what is known of it."""

from __future__ import annotations

import asyncio
import logging
from html import escape
from typing import NamedTuple

from fastapi import APIRouter, Request

from olmocr_core.documents.assembly import summarise_page, texts_by_page
from olmocr_core.documents.counts import classify_page
from olmocr_core.domain.models import DocumentRecord, Frozen, PageSummary
from olmocr_core.publish.sanitize import scrub_text
from olmocr_core.report.markdown import PAGE_CHARS, make_markdown_renderer
from olmocr_core.report.views import LABELS, NOT_DRAWN, format_signal, list_facts
from service.api.find import find_job
from service.api.pages import PageNumber
from service.api.results import load_record
from service.jobs.models import Job
from service.page.assets import PREFIX
from service.problems import Problem
from service.state import ServiceState, the_state

router = APIRouter(prefix=PREFIX, include_in_schema=False)
_render = make_markdown_renderer()
_log = logging.getLogger(__name__)


class Limits(Frozen):
    """What the page tells people before they send something."""

    upload_mb: int


class PageView(Frozen):
    """A finished page: ``text`` is its Markdown, ``html`` the same, sanitised; ``cut`` characters are not in ``html``."""

    page: int
    kind: str
    label: str
    facts: tuple[str, ...]
    notes: tuple[str, ...]
    error: str | None
    signals: dict[str, str]
    text: str
    html: str
    cut: int


class ReadPage(NamedTuple):
    """A page that was read, and its text."""

    summary: PageSummary
    text: str


@router.get("/limits")
async def limits(request: Request) -> Limits:
    """The limits of this service. The page asks for them first: where keys are set, it learns here that it needs one."""
    return Limits(upload_mb=the_state(request).settings.upload_mb)


@router.get("/documents/{job_id}/pages/{page}")
async def page_view(request: Request, job_id: str, page: PageNumber) -> PageView:
    """A finished page; once its document has ended, with the text that it has there. Raises Problem if it is not finished."""
    state = the_state(request)
    job = (await find_job(state, job_id)).job
    found = await _find_page(state, job, page)
    if found is None:
        raise Problem(404, f"page {page} is not finished, or does not exist")
    # In a thread: a page of hostile LaTeX takes a second.
    return await asyncio.to_thread(make_page_view, found)


def make_page_view(page: ReadPage) -> PageView:
    """The view of a page."""
    kind = classify_page(page.summary)
    error = page.summary.error
    return PageView(
        page=page.summary.page_number,
        kind=kind,
        label=LABELS[kind],
        facts=tuple(list_facts(page.summary)),
        notes=page.summary.notes,
        error=(error.message or error.code) if error else None,
        signals={name.replace("_", " "): format_signal(value) for name, value in page.summary.signals.items()},
        text=scrub_text(page.text),
        html=_to_html(page),
        cut=max(0, len(page.text) - PAGE_CHARS),
    )


def _to_html(page: ReadPage) -> str:
    try:
        return _render(page.text)
    except Exception as error:  # noqa: BLE001 - a page that cannot be drawn is shown as it is
        _log.warning("page %d cannot be drawn: %r", page.summary.page_number, error)
        return f"<p>{NOT_DRAWN}</p><pre>{escape(scrub_text(page.text[:PAGE_CHARS]))}</pre>"


async def _find_page(state: ServiceState, job: Job, page: int) -> ReadPage | None:
    if job.is_final:
        record = await load_record(state, job.id)
        return _page_of(record, page) if record else None
    reader = state.runners.of(job).reader
    record_of_page = await reader.finished_page(job.document, page) if reader else None
    return ReadPage(summarise_page(record_of_page), record_of_page.transcription.text) if record_of_page else None


def _page_of(record: DocumentRecord, page: int) -> ReadPage | None:
    texts = texts_by_page(record)
    summary = next((one for one in record.pages if one.page_number == page), None)
    return ReadPage(summary, texts.get(page, "")) if summary else None
