"""Write a record in a format."""

from __future__ import annotations

from collections.abc import Sequence
from mimetypes import guess_type
from pathlib import PurePosixPath
from typing import Any

from olmocr_core.domain.models import DocumentRecord
from olmocr_core.publish.dolma import dolma_record
from olmocr_core.publish.parts import RunStamp
from olmocr_core.publish.sanitize import scrub_text, to_json
from olmocr_core.stages.begin_run import project_version
from service.formats.docling import make_docling_document
from service.formats.html import write_html
from service.formats.result_pages import ResultPage, list_result_pages
from service.jobs.data_folder import DataFolder
from service.jobs.models import Job, ResultFormat, iso_time


def write_result(record: DocumentRecord, job: Job, wanted: ResultFormat, folder: DataFolder) -> bytes:
    """A record in a format; ``folder`` holds what is known of its pages beside their text."""
    if wanted == "markdown":
        return scrub_text(record.text).encode()
    if wanted == "dolma":
        stamp = RunStamp(iso_time(job.finished or job.created), project_version())
        return to_json(dolma_record(record, stamp)).encode() + b"\n"
    pages = list_result_pages(record, job, folder)
    if wanted == "html":
        return write_html(job.filename, find_language(record), pages).encode()
    found = docling_document(record, job, pages) if wanted == "docling" else document_with_pages(record, pages)
    return to_json(found).encode()


def document_with_pages(record: DocumentRecord, pages: Sequence[ResultPage]) -> dict[str, Any]:
    """The record as JSON, each page with its own text and blocks."""
    values = record.model_dump(mode="json")
    summaries = values.pop("pages")
    more = [
        {"text": one.text, "page_size": one.size, "blocks": [block.model_dump() for block in one.blocks]}
        for one in pages
    ]
    return {"document": values, "pages": [summary | found for summary, found in zip(summaries, more, strict=True)]}


def docling_document(
    record: DocumentRecord, job: Job, pages: Sequence[ResultPage], filename: str = ""
) -> dict[str, Any]:
    """The record as a DoclingDocument, by default under the name that its job has."""
    filename = filename or job.filename
    media_type = "application/pdf" if record.kind == "pdf" else _image_type(filename)
    name = PurePosixPath(filename).stem or filename
    return make_docling_document(name, filename, media_type, job.document, pages)


def find_language(record: DocumentRecord) -> str | None:
    """The two letters of the document's language, if it has one."""
    language = record.signals.get("language")
    return language if isinstance(language, str) and language.isalpha() else None


def _image_type(filename: str) -> str:
    guessed = guess_type(filename)[0] or ""
    return guessed if guessed.startswith("image/") else "image/png"
