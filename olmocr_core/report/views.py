"""The values that the template prints: text and formatted numbers; HTML only after sanitising."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from olmocr_core.documents.assembly import texts_by_page
from olmocr_core.documents.counts import RunCounts, classify_page
from olmocr_core.domain.models import DocumentRecord, PageSummary
from olmocr_core.report.context import Images
from olmocr_core.report.markdown import PAGE_CHARS, MarkdownRenderer
from olmocr_core.report.thumbnail import make_thumbnail, to_data_url

if TYPE_CHECKING:
    from markupsafe import Markup

_log = logging.getLogger(__name__)
# Base64 adds a third: the file stays below about 15 MB.
IMAGE_BYTES = 10_500_000

NOT_DRAWN = "This page's text could not be drawn. It stands below as it is, and in the dataset."
LABELS = {
    "kept": "Kept",
    "partial": "Partial",
    "blank": "Blank",
    "held_back": "Held back",
    "failed": "Failed",
    "duplicate": "Duplicate",
    "text_layer": "Text layer",
    "ocr": "OCR",
    "model": "Model",
    "fallback": "Fallback",
}


@dataclass(frozen=True, slots=True)
class BarPart:
    """One part of a bar; ``start`` and ``width`` in thousandths of the whole bar."""

    name: str
    label: str
    count: int
    start: float
    width: float
    share: str


@dataclass(frozen=True, slots=True)
class ShownPage:
    """The text and the summary of a chosen page."""

    page: PageSummary
    text: str


@dataclass(frozen=True, slots=True)
class ShownDocument:
    """A document with its chosen pages."""

    record: DocumentRecord
    pages: tuple[ShownPage, ...]

    @property
    def name(self) -> str:
        """Its relative path, or the start of its id."""
        return self.record.sources[0].name if self.record.sources else self.record.doc_id[:12]

    @property
    def source(self) -> str:
        """The URI of its first source, or its id."""
        return self.record.sources[0].uri if self.record.sources else self.record.doc_id


@dataclass(frozen=True, slots=True)
class PageView:
    """A page as the template prints it. ``image`` is a data URL; ``cut`` counts the characters that are not shown."""

    page: PageSummary
    kind: str
    label: str
    image: str | None
    body: Markup
    cut: int
    facts: tuple[str, ...]
    signals: tuple[tuple[str, str], ...]


def make_bar(counts: Mapping[str, int]) -> tuple[BarPart, ...]:
    """Make a bar from counts by name, in their order, without the zeros."""
    total = sum(counts.values())
    found = []
    start = 0.0
    for name, count in counts.items():
        if count:
            width = 1000 * count / total
            found.append(
                BarPart(name, LABELS[name], count, round(start, 2), round(width, 2), format_percent(count / total))
            )
            start += width
    return tuple(found)


def make_documents_bar(counts: RunCounts) -> tuple[BarPart, ...]:
    """Make the bar of documents by status."""
    found = counts.documents.model_dump(exclude={"documents"})
    return make_bar(found)


def make_pages_bar(counts: RunCounts) -> tuple[BarPart, ...]:
    """Make the bar of pages by route and status."""
    found = counts.pages.model_dump(exclude={"total", "from_cache"})
    return make_bar({name: found[name] for name in ("text_layer", "ocr", "model", "blank", "fallback", "failed")})


def collect_shown_documents(
    records: Iterable[DocumentRecord], chosen: Mapping[str, tuple[int, ...]]
) -> list[ShownDocument]:
    """Collect the chosen pages with their text, in the order of ``chosen``, and drop the rest of the records."""
    found: dict[str, ShownDocument] = {}
    for record in records:
        numbers = chosen.get(record.doc_id)
        if numbers and record.doc_id not in found:
            found[record.doc_id] = _shown(record, numbers)
    return [found[doc_id] for doc_id in chosen if doc_id in found]


def _shown(record: DocumentRecord, numbers: tuple[int, ...]) -> ShownDocument:
    texts = texts_by_page(record)
    pages = [ShownPage(page, texts.get(page.page_number, "")) for page in record.pages if page.page_number in numbers]
    return ShownDocument(record.model_copy(update={"text": "", "spans": (), "pages": ()}), tuple(pages))


class PageViews:
    """Makes page views one at a time; stops adding images at ``IMAGE_BYTES``."""

    def __init__(self, render: MarkdownRenderer, images: Images) -> None:
        self._render = render
        self._images = images
        self._left = IMAGE_BYTES
        self.without_image = 0

    def of(self, document: ShownDocument) -> Iterator[PageView]:
        """Yield the views of a document's chosen pages."""
        for shown in document.pages:
            kind = classify_page(shown.page)
            yield PageView(
                page=shown.page,
                kind=kind,
                label=LABELS[kind],
                image=self._image(document.record.doc_id, shown.page.page_number),
                body=self._body(shown),
                cut=max(0, len(shown.text) - PAGE_CHARS),
                facts=tuple(list_facts(shown.page)),
                signals=tuple(
                    (name.replace("_", " "), format_signal(value)) for name, value in shown.page.signals.items()
                ),
            )

    def _body(self, shown: ShownPage) -> Markup:
        from markupsafe import Markup

        try:
            # Safe: the renderer's last step is the sanitiser.
            return Markup(self._render(shown.text))
        except Exception as error:  # noqa: BLE001 - one page's text must not cost the report of the whole run
            _log.warning("page %d cannot be drawn in the report: %r", shown.page.page_number, error)
            said = Markup('<p class="alert failed">{}</p><pre>{}</pre>')
            return said.format(NOT_DRAWN, shown.text[:PAGE_CHARS])

    def _image(self, doc_id: str, page_number: int) -> str | None:
        found = self._images(doc_id, page_number) if self._left > 0 else None
        small = make_thumbnail(found) if found else None
        if small is None:
            self.without_image += 1
            return None
        self._left -= len(small)
        return to_data_url(small)


def list_facts(page: PageSummary) -> Iterator[str]:
    """List facts about how a page was read, in a few words each."""
    if page.engine:
        yield page.engine
    if page.attempts > 1:
        yield f"{page.attempts} attempts"
    if page.rotation_ccw:
        yield f"turned {page.rotation_ccw}° counter-clockwise"
    language = page.primary_language or page.signals.get("language")
    if language:
        yield f"language: {language}"
    characters = page.signals.get("characters")
    if isinstance(characters, int) and characters:
        yield format_count(characters, "character")
    if page.output_tokens:
        yield f"{page.input_tokens:,} + {page.output_tokens:,} tokens"


def format_signal(value: object) -> str:
    """Format a signal for people."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def format_percent(share: float) -> str:
    """Format a share for people: 0% and 100% only for exactly none and all."""
    if 0 < share < 0.001:
        return "<0.1%"
    if 0.999 < share < 1:
        return ">99.9%"
    return f"{100 * share:.1f}%".replace(".0%", "%")


def format_count(count: int, noun: str) -> str:
    """Format a count with its noun: ``1 page``, ``2 pages``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def format_duration(seconds: float) -> str:
    """Format seconds: ``4.2 s``, ``3 min 20 s``, ``2 h 05 min``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"
