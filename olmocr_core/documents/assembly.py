"""Assemble a document from its pages: one text, spans that tile it, and a summary of each page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from olmocr_core.documents.furniture import MarginBlock, find_furniture, find_recurring_lines
from olmocr_core.domain.models import (
    AttemptOutcome,
    Document,
    DocumentInfo,
    DocumentRecord,
    ErrorInfo,
    PageRecord,
    PageSpan,
    PageSummary,
)

SEPARATOR = "\n"
NO_RECORD = ErrorInfo(
    code="page_missing",
    message="there was no record of this page when the document was assembled; run again to read it",
)


@dataclass(frozen=True, slots=True)
class AssembledDocument:
    """The text of a document. ``spans`` tile ``text``; ``pages`` has one summary for each page, in order."""

    text: str
    spans: tuple[PageSpan, ...]
    pages: tuple[PageSummary, ...]

    def page_texts(self) -> Iterator[str]:
        """Yield the text of each page in order, without the joining newline."""
        return split_pages(self.text, self.spans)


def split_pages(text: str, spans: Sequence[PageSpan]) -> Iterator[str]:
    """Split a document's text into its pages, without the newlines that join them."""
    last = len(spans) - 1
    for index, span in enumerate(spans):
        yield text[span.start : span.end - (len(SEPARATOR) if index < last else 0)]


def texts_by_page(record: DocumentRecord) -> dict[int, str]:
    """The text of each page of a record by its number."""
    numbers = (span.page_number for span in record.spans)
    return dict(zip(numbers, split_pages(record.text, record.spans), strict=True))


def assemble(
    document: Document, info: DocumentInfo, pages: Sequence[PageRecord], numbers: Sequence[int] | None = None
) -> AssembledDocument:
    """Join pages of a document, ``numbers`` in ascending order or all; a page without a record becomes a failed page.

    Records may come in any order; the last one for a page counts. Raises ValueError for a page of another document.
    """
    foreign = {page.doc_id for page in pages} - {document.doc_id}
    if foreign:
        raise ValueError(f"pages of {', '.join(sorted(foreign))} were given for document {document.doc_id}")
    numbers = range(1, info.pages + 1) if numbers is None else numbers
    wanted = frozenset(numbers)
    records = {page.page_number: page for page in pages if page.page_number in wanted}
    texts, dropped = _texts(records)
    text, spans = join_pages([texts.get(number, "") for number in numbers], numbers)
    summaries = tuple(
        summarise_page(records[number], dropped.get(number, 0)) if number in records else _make_missing_page(number)
        for number in numbers
    )
    return AssembledDocument(text, spans, summaries)


def join_pages(texts: Sequence[str], numbers: Sequence[int] | None = None) -> tuple[str, tuple[PageSpan, ...]]:
    """Join page texts with newlines, each part of the page before it; return the text and the spans of the pages.

    ``numbers`` are those of the pages, by default from 1.
    """
    spans = []
    start = 0
    for index, (number, text) in enumerate(zip(numbers or range(1, len(texts) + 1), texts, strict=True), 1):
        end = start + len(text) + (len(SEPARATOR) if index < len(texts) else 0)
        spans.append(PageSpan(start=start, end=end, page_number=number))
        start = end
    return SEPARATOR.join(texts), tuple(spans)


def summarise_page(record: PageRecord, furniture_blocks: int = 0) -> PageSummary:
    """Summarise a page record without its raw attempts; tokens are the sum over all attempts."""
    accepted = _accepted(record)
    transcription = record.transcription
    signals = dict(record.signals)
    if furniture_blocks:
        signals["furniture_blocks"] = furniture_blocks
    return PageSummary(
        page_number=record.page_number,
        status=record.status,
        route=record.route,
        engine=record.engine,
        attempts=len(record.attempts),
        temperature=accepted.attempt.temperature if accepted else None,
        rotation_ccw=accepted.attempt.rotation_ccw if accepted else 0,
        primary_language=transcription.primary_language,
        is_rotation_valid=transcription.is_rotation_valid,
        rotation_correction=transcription.rotation_correction,
        is_table=transcription.is_table,
        is_diagram=transcription.is_diagram,
        input_tokens=sum(outcome.completion.usage.input_tokens for outcome in record.attempts),
        output_tokens=sum(outcome.completion.usage.output_tokens for outcome in record.attempts),
        signals=signals,
        notes=record.notes,
        error=record.error,
    )


def _accepted(record: PageRecord) -> AttemptOutcome | None:
    matching = (outcome for outcome in record.attempts if outcome.attempt.number == record.accepted_attempt)
    return next(matching, None)


def _make_missing_page(number: int) -> PageSummary:
    return PageSummary(page_number=number, status="failed", route="none", engine="", attempts=0, error=NO_RECORD)


def _texts(records: Mapping[int, PageRecord]) -> tuple[dict[int, str], dict[int, int]]:
    """Return page number -> text without furniture, and page number -> number of furniture blocks removed."""
    with_text = sorted(number for number, record in records.items() if record.status in ("ok", "fallback"))
    headers = find_furniture(_margin_blocks(records, with_text, "header"), with_text)
    footers = find_furniture(_margin_blocks(records, with_text, "footer"), with_text)
    texts: dict[int, str] = {}
    dropped: dict[int, int] = {}
    for number in with_text:
        transcription = records[number].transcription
        before = [block for block in transcription.header if MarginBlock(number, block) not in headers]
        after = [block for block in transcription.footer if MarginBlock(number, block) not in footers]
        dropped[number] = (
            len(transcription.header)
            + len(transcription.footer)
            + len(transcription.dropped)
            - len(before)
            - len(after)
        )
        texts[number] = "\n\n".join([*before, *([transcription.text] if transcription.text else []), *after])
    _strip_lines(texts, dropped, [number for number in with_text if not _has_margins(records[number])])
    return texts, dropped


def _margin_blocks(records: Mapping[int, PageRecord], numbers: Sequence[int], margin: str) -> list[MarginBlock]:
    return [
        MarginBlock(number, block) for number in numbers for block in getattr(records[number].transcription, margin)
    ]


def _has_margins(record: PageRecord) -> bool:
    transcription = record.transcription
    return bool(transcription.header or transcription.footer or transcription.dropped)


def _strip_lines(texts: dict[int, str], dropped: dict[int, int], numbers: Sequence[int]) -> None:
    """Remove recurring single lines at the start and end of pages whose engine reports no margin blocks."""
    firsts = {n: line for n in numbers if (line := _edge_line(texts[n], first=True)) is not None}
    found = find_recurring_lines([MarginBlock(n, line) for n, line in firsts.items()], numbers)
    for block in found:
        texts[block.page_number] = texts[block.page_number].lstrip()[len(block.text) :].lstrip("\n")
        dropped[block.page_number] += 1
    lasts = {n: line for n in numbers if (line := _edge_line(texts[n], first=False)) is not None}
    found = find_recurring_lines([MarginBlock(n, line) for n, line in lasts.items()], numbers)
    for block in found:
        texts[block.page_number] = texts[block.page_number].rstrip()[: -len(block.text)].rstrip("\n")
        dropped[block.page_number] += 1


def _edge_line(text: str, *, first: bool) -> str | None:
    """The first or last paragraph, if it is a single line and not the whole page."""
    stripped = text.strip()
    head, gap, tail = stripped.partition("\n\n") if first else stripped.rpartition("\n\n")
    line = head if first else tail
    return line if gap and "\n" not in line else None
