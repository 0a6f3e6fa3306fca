"""What the template shows, as plain values: words and numbers ready to print, HTML only where it was sanitised."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from olmocr_core.documents.assembly import split_pages
from olmocr_core.documents.counts import RunCounts, classify_page
from olmocr_core.domain.models import DocumentRecord, PageSummary
from olmocr_core.report.context import Images
from olmocr_core.report.markdown import PAGE_CHARS, MarkdownRenderer
from olmocr_core.report.thumbnail import data_url, thumbnail

if TYPE_CHECKING:
    from markupsafe import Markup

# Base64 makes these a third larger: the file stays below about 15 MB.
IMAGE_BYTES = 10_500_000

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
class Part:
    """One part of a bar: where it starts and how wide it is, in thousandths of the whole."""

    name: str
    label: str
    count: int
    start: float
    width: float
    share: str


@dataclass(frozen=True, slots=True)
class ShownPage:
    """The text and summary of a page that was chosen, taken out of its document's record."""

    page: PageSummary
    text: str


@dataclass(frozen=True, slots=True)
class ShownDocument:
    """A document with the pages that were chosen from it."""

    record: DocumentRecord
    pages: tuple[ShownPage, ...]

    @property
    def name(self) -> str:
        """Its relative path, or the start of its id."""
        return self.record.sources[0].name if self.record.sources else self.record.doc_id[:12]

    @property
    def source(self) -> str:
        """Where it was found."""
        return self.record.sources[0].uri if self.record.sources else self.record.doc_id


@dataclass(frozen=True, slots=True)
class PageView:
    """A page as the template prints it; ``image`` is a data URL."""

    page: PageSummary
    kind: str
    label: str
    image: str | None
    body: Markup
    cut: int
    facts: tuple[str, ...]
    signals: tuple[tuple[str, str], ...]


def parts(counts: Mapping[str, int]) -> tuple[Part, ...]:
    """A bar from counts by name, in their order; what is zero is left out."""
    total = sum(counts.values())
    found = []
    start = 0.0
    for name, count in counts.items():
        if count:
            width = 1000 * count / total
            found.append(Part(name, LABELS[name], count, round(start, 2), round(width, 2), percent(count / total)))
            start += width
    return tuple(found)


def document_parts(counts: RunCounts) -> tuple[Part, ...]:
    """The bar of documents by decision."""
    found = counts.documents.model_dump(exclude={"documents"})
    return parts(found)


def page_parts(counts: RunCounts) -> tuple[Part, ...]:
    """The bar of pages by what became of them."""
    found = counts.pages.model_dump(exclude={"total", "from_cache"})
    return parts({name: found[name] for name in ("text_layer", "ocr", "model", "blank", "fallback", "failed")})


def collect_shown(records: Iterable[DocumentRecord], chosen: Mapping[str, tuple[int, ...]]) -> list[ShownDocument]:
    """The chosen pages with their text, in the order of ``chosen``; everything else of the records is let go."""
    found: dict[str, ShownDocument] = {}
    for record in records:
        numbers = chosen.get(record.doc_id)
        if numbers and record.doc_id not in found:
            found[record.doc_id] = _shown(record, numbers)
    return [found[doc_id] for doc_id in chosen if doc_id in found]


def _shown(record: DocumentRecord, numbers: tuple[int, ...]) -> ShownDocument:
    texts = dict(zip((span.page_number for span in record.spans), split_pages(record.text, record.spans), strict=True))
    pages = [ShownPage(page, texts.get(page.page_number, "")) for page in record.pages if page.page_number in numbers]
    return ShownDocument(record.model_copy(update={"text": "", "spans": (), "pages": ()}), tuple(pages))


class PageViews:
    """Makes page views one at a time, until the images that a report may hold are used up."""

    def __init__(self, render: MarkdownRenderer, images: Images) -> None:
        self._render = render
        self._images = images
        self._left = IMAGE_BYTES
        self.without_image = 0

    def of(self, document: ShownDocument) -> Iterator[PageView]:
        """The views of a document's chosen pages."""
        from markupsafe import Markup

        for shown in document.pages:
            kind = classify_page(shown.page)
            yield PageView(
                page=shown.page,
                kind=kind,
                label=LABELS[kind],
                image=self._image(document.record.doc_id, shown.page.page_number),
                # Safe to mark: the renderer's last step is the sanitiser.
                body=Markup(self._render(shown.text)),
                cut=max(0, len(shown.text) - PAGE_CHARS),
                facts=tuple(facts(shown.page)),
                signals=tuple((name.replace("_", " "), signal(value)) for name, value in shown.page.signals.items()),
            )

    def _image(self, doc_id: str, page_number: int) -> str | None:
        found = self._images(doc_id, page_number) if self._left > 0 else None
        small = thumbnail(found) if found else None
        if small is None:
            self.without_image += 1
            return None
        self._left -= len(small)
        return data_url(small)


def facts(page: PageSummary) -> Iterator[str]:
    """What happened to a page, in a few words each."""
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
        yield plural(characters, "character")
    if page.output_tokens:
        yield f"{page.input_tokens:,} + {page.output_tokens:,} tokens"


def signal(value: object) -> str:
    """A signal for people."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def percent(share: float) -> str:
    """A share for people: never 0% for something, never 100% for less than all."""
    if 0 < share < 0.001:
        return "<0.1%"
    if 0.999 < share < 1:
        return ">99.9%"
    return f"{100 * share:.1f}%".replace(".0%", "%")


def plural(count: int, noun: str) -> str:
    """``1 page``, ``2 pages``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def duration(seconds: float) -> str:
    """``4.2 s``, ``3 min 20 s``, ``2 h 05 min``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"
