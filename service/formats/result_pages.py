"""The pages of a result: the text that the document has of each, and what its page record knows beside that."""

from __future__ import annotations

from typing import NamedTuple

from olmocr_core.documents.assembly import texts_by_page
from olmocr_core.domain.models import DocumentRecord, PageBlock
from olmocr_core.storage.pages import read_page_records
from service.jobs.data_folder import DataFolder
from service.jobs.models import Job


class ResultPage(NamedTuple):
    """One page. ``size`` in points and ``blocks`` are those of its record: None and empty where nobody knows places."""

    number: int
    text: str
    size: tuple[float, float] | None = None
    blocks: tuple[PageBlock, ...] = ()


def list_result_pages(record: DocumentRecord, job: Job, folder: DataFolder) -> list[ResultPage]:
    """The pages of a finished job in their order. Their records are read from the disk, whether or not an engine runs."""
    numbers = [page.page_number for page in record.pages]
    texts = texts_by_page(record)
    read = read_page_records(folder.workspace / "pages", job.document, job.recipe, numbers)
    known = {page.page_number: page.transcription for page in read}
    return [
        ResultPage(number, texts.get(number, ""), known[number].page_size, known[number].blocks)
        if number in known
        else ResultPage(number, texts.get(number, ""))
        for number in numbers
    ]
