"""A document from its pages: one text, spans that tile it, and a summary of every page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from olmocr_core.documents.furniture import MarginBlock, find_furniture, find_recurring_lines
from olmocr_core.domain.models import (
    AttemptOutcome,
    Document,
    DocumentInfo,
    ErrorInfo,
    PageRecord,
    PageSpan,
    PageSummary,
)

SEPARATOR = "\n"
NO_RECORD = ErrorInfo(
    code="page_missing",
    message="no record of this page was found when the document was put together; run again to read it",
)


@dataclass(frozen=True, slots=True)
class AssembledDocument:
    """What the pages of one document add up to. ``spans`` tile ``text``; ``pages`` has one summary a page, in order."""

    text: str
    spans: tuple[PageSpan, ...]
    pages: tuple[PageSummary, ...]

    @property
    def input_tokens(self) -> int:
        """Tokens that all attempts at all pages sent."""
        return sum(page.input_tokens for page in self.pages)

    @property
    def output_tokens(self) -> int:
        """Tokens that all attempts at all pages brought back."""
        return sum(page.output_tokens for page in self.pages)

    @property
    def fallback_pages(self) -> tuple[int, ...]:
        """Numbers of the pages that fell back to the text layer."""
        return tuple(page.page_number for page in self.pages if page.status == "fallback")

    @property
    def failed_pages(self) -> tuple[int, ...]:
        """Numbers of the pages whose text is missing."""
        return tuple(page.page_number for page in self.pages if page.status == "failed")

    def page_texts(self) -> Iterator[str]:
        """The text of each page in order, without the joining newline."""
        return split_pages(self.text, self.spans)


def split_pages(text: str, spans: Sequence[PageSpan]) -> Iterator[str]:
    """Cut a document's text into its pages again; the joining newline of all pages but the last is left off."""
    last = len(spans) - 1
    for index, span in enumerate(spans):
        yield text[span.start : span.end - (len(SEPARATOR) if index < last else 0)]


def assemble(document: Document, info: DocumentInfo, pages: Sequence[PageRecord]) -> AssembledDocument:
    """Join the pages ``1..info.pages`` of a document; a page without a record becomes a failed page that says so.

    Records may come in any order; of two for one page the last counts. Raises ValueError for a page of another
    document.
    """
    foreign = {page.doc_id for page in pages} - {document.doc_id}
    if foreign:
        raise ValueError(f"pages of {', '.join(sorted(foreign))} were given for document {document.doc_id}")
    numbers = range(1, info.pages + 1)
    records = {page.page_number: page for page in pages if page.page_number in numbers}
    texts, dropped = _texts(records)
    text, spans = join_pages([texts.get(number, "") for number in numbers])
    summaries = tuple(
        summarise_page(records[number], dropped.get(number, 0)) if number in records else _missing(number)
        for number in numbers
    )
    return AssembledDocument(text, spans, summaries)


def join_pages(texts: Sequence[str]) -> tuple[str, tuple[PageSpan, ...]]:
    """Page texts joined by a newline, which belongs to the page before it, and the spans of pages ``1..len(texts)``."""
    spans = []
    start = 0
    for number, text in enumerate(texts, 1):
        end = start + len(text) + (len(SEPARATOR) if number < len(texts) else 0)
        spans.append(PageSpan(start=start, end=end, page_number=number))
        start = end
    return SEPARATOR.join(texts), tuple(spans)


def summarise_page(record: PageRecord, furniture_blocks: int = 0) -> PageSummary:
    """A page record without its raw attempts; tokens are those of all attempts, for all were paid for."""
    accepted = _accepted(record)
    said = record.transcription
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
        primary_language=said.primary_language,
        is_rotation_valid=said.is_rotation_valid,
        rotation_correction=said.rotation_correction,
        is_table=said.is_table,
        is_diagram=said.is_diagram,
        input_tokens=sum(outcome.completion.usage.input_tokens for outcome in record.attempts),
        output_tokens=sum(outcome.completion.usage.output_tokens for outcome in record.attempts),
        signals=signals,
        notes=record.notes,
        error=record.error,
    )


def _accepted(record: PageRecord) -> AttemptOutcome | None:
    matching = (outcome for outcome in record.attempts if outcome.attempt.number == record.accepted_attempt)
    return next(matching, None)


def _missing(number: int) -> PageSummary:
    return PageSummary(page_number=number, status="failed", route="none", engine="", attempts=0, error=NO_RECORD)


def _texts(records: Mapping[int, PageRecord]) -> tuple[dict[int, str], dict[int, int]]:
    """Page number -> text without furniture, and page number -> how many blocks of furniture it lost."""
    with_text = sorted(number for number, record in records.items() if record.status in ("ok", "fallback"))
    headers = find_furniture(_candidates(records, with_text, "header"), with_text)
    footers = find_furniture(_candidates(records, with_text, "footer"), with_text)
    texts: dict[int, str] = {}
    dropped: dict[int, int] = {}
    for number in with_text:
        said = records[number].transcription
        before = [block for block in said.header if MarginBlock(number, block) not in headers]
        after = [block for block in said.footer if MarginBlock(number, block) not in footers]
        dropped[number] = len(said.header) + len(said.footer) + len(said.dropped) - len(before) - len(after)
        texts[number] = "\n\n".join([*before, *([said.text] if said.text else []), *after])
    _strip_lines(texts, dropped, [number for number in with_text if not _has_margins(records[number])])
    return texts, dropped


def _candidates(records: Mapping[int, PageRecord], numbers: Sequence[int], margin: str) -> list[MarginBlock]:
    return [
        MarginBlock(number, block) for number in numbers for block in getattr(records[number].transcription, margin)
    ]


def _has_margins(record: PageRecord) -> bool:
    said = record.transcription
    return bool(said.header or said.footer or said.dropped)


def _strip_lines(texts: dict[int, str], dropped: dict[int, int], numbers: Sequence[int]) -> None:
    """Take recurring first and last paragraphs of one line out of pages whose engine reports no margins."""
    firsts = {n: line for n in numbers if (line := _edge_line(texts[n], first=True)) is not None}
    found = find_recurring_lines([MarginBlock(n, line) for n, line in firsts.items()], numbers)
    for candidate in found:
        texts[candidate.page_number] = texts[candidate.page_number].lstrip()[len(candidate.text) :].lstrip("\n")
        dropped[candidate.page_number] += 1
    lasts = {n: line for n in numbers if (line := _edge_line(texts[n], first=False)) is not None}
    found = find_recurring_lines([MarginBlock(n, line) for n, line in lasts.items()], numbers)
    for candidate in found:
        texts[candidate.page_number] = texts[candidate.page_number].rstrip()[: -len(candidate.text)].rstrip("\n")
        dropped[candidate.page_number] += 1


def _edge_line(text: str, *, first: bool) -> str | None:
    """The first or last paragraph if it is a single line of a page with more than that."""
    stripped = text.strip()
    head, gap, tail = stripped.partition("\n\n") if first else stripped.rpartition("\n\n")
    line = head if first else tail
    return line if gap and "\n" not in line else None
