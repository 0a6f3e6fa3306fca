"""Counts of documents by status and of pages by route, with checks that they add up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from olmocr_core.domain.errors import RunError
from olmocr_core.domain.models import DocumentRecord, Frozen, PageSummary


class Counts(Frozen):
    """Base of counts: ``a + b`` adds field by field."""

    def __add__(self, other: Self) -> Self:
        mine, theirs = self.model_dump(), other.model_dump()
        return type(self)(**{name: mine[name] + theirs[name] for name in mine})


class DocumentCounts(Counts):
    """Documents by final status; ``documents`` is the number of all."""

    documents: int = 0
    kept: int = 0
    partial: int = 0
    blank: int = 0
    held_back: int = 0
    failed: int = 0
    duplicate: int = 0

    @property
    def ended(self) -> int:
        """The number with a final status."""
        return self.kept + self.partial + self.blank + self.held_back + self.failed + self.duplicate


class PageCounts(Counts):
    """Pages by route or status; ``from_cache`` of ``total`` were read by an earlier run."""

    total: int = 0
    from_cache: int = 0
    blank: int = 0
    text_layer: int = 0
    ocr: int = 0
    model: int = 0
    fallback: int = 0
    failed: int = 0

    @property
    def ended(self) -> int:
        """The number with a final status."""
        return self.blank + self.text_layer + self.ocr + self.model + self.fallback + self.failed


class RunCounts(Frozen):
    """The counts of a run, a shard or a document; ``a + b`` adds them."""

    documents: DocumentCounts = DocumentCounts()
    pages: PageCounts = PageCounts()
    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: RunCounts) -> RunCounts:
        return RunCounts(
            documents=self.documents + other.documents,
            pages=self.pages + other.pages,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
        )

    @property
    def fresh_pages(self) -> int:
        """The pages that this run read itself."""
        return self.pages.total - self.pages.from_cache

    def with_cached(self, from_cache: int) -> RunCounts:
        """Return the same counts with the number of pages from the cache."""
        return self.model_copy(update={"pages": self.pages.model_copy(update={"from_cache": from_cache})})

    def check(self, documents: int | None = None) -> None:
        """Raise RunError unless the counts are consistent, and equal to the number of input ``documents``."""
        expected = self.documents.documents if documents is None else documents
        if self.documents.documents != expected:
            raise RunError(f"{expected} documents came in but {self.documents.documents} have a record; run again")
        if self.documents.ended != expected:
            raise RunError(
                f"{expected} documents came in but {self.documents.ended} have a final status: {self.documents}"
            )
        if self.pages.ended != self.pages.total:
            raise RunError(
                f"{self.pages.total} pages were counted but {self.pages.ended} have a final status: {self.pages}"
            )
        if not 0 <= self.pages.from_cache <= self.pages.total:
            raise RunError(f"{self.pages.from_cache} pages from the cache exceed the total of {self.pages.total}")


def count_document(record: DocumentRecord) -> RunCounts:
    """Count one document and its pages."""
    pages: dict[str, int] = {}
    for page in record.pages:
        name = classify_page(page)
        pages[name] = pages.get(name, 0) + 1
    return RunCounts(
        documents=DocumentCounts(documents=1, **{record.status: 1}),
        pages=PageCounts(total=len(record.pages), **pages),
        input_tokens=sum(page.input_tokens for page in record.pages),
        output_tokens=sum(page.output_tokens for page in record.pages),
    )


def count_documents(records: Iterable[DocumentRecord]) -> RunCounts:
    """Count many documents; streams them."""
    total = RunCounts()
    for record in records:
        total += count_document(record)
    return total


def classify_page(page: PageSummary) -> str:
    """Return the field of PageCounts that counts this page: its status, or the route of a page that was read."""
    if page.status != "ok":
        return page.status
    # A page without a route was read by a model: the cpu engine always sets a route.
    return "model" if page.route == "none" else page.route


def pages_per_second(pages: int, seconds: float) -> float:
    """The rate; 0.0 if no time has passed."""
    return round(pages / seconds, 3) if seconds > 0 else 0.0
