"""Stand-ins for the edges, for tests of the core: a reader of imaginary pages and a cache in memory."""

from __future__ import annotations

import random
from types import TracebackType
from typing import Self

from olmocr_core.domain.errors import DamagedImage, PageError
from olmocr_core.domain.models import Document, DocumentInfo, PageImage, PageRecord, PageRef, Rotation, Source
from olmocr_core.domain.ports import Engine, TextLayer
from olmocr_core.domain.recipe import Recipe, make_recipe
from olmocr_core.domain.settings import Settings
from olmocr_core.reading.read_page import ReadingTools
from olmocr_core.reading.retry_policy import Backoff, RetryPolicy

DOC_ID = "d" * 64


def page(number: int = 1, doc_id: str = DOC_ID, kind: str = "pdf") -> PageRef:
    return PageRef.model_validate(
        {"doc_id": doc_id, "kind": kind, "location": "/x.pdf", "size_bytes": 1, "mtime_ns": 1, "page_number": number}
    )


def document(doc_id: str = DOC_ID, name: str = "x.pdf") -> Document:
    source = Source(uri=f"/data/{name}", name=name)
    return Document(doc_id=doc_id, kind="pdf", location=f"/data/{name}", size_bytes=1, mtime_ns=1, sources=(source,))


class ImaginaryPages:
    """A PageReader and PageImages in one: images are their own description, so that tests can see what was sent."""

    def __init__(
        self,
        layer: TextLayer | None = None,
        blank: frozenset[int] = frozenset(),
        broken: frozenset[int] = frozenset(),
        error: type[PageError] = PageError,
        damaged: frozenset[int] = frozenset(),
    ) -> None:
        self.layer = layer
        self.blank = blank
        self.broken = broken
        self.error = error
        self.damaged = damaged
        self.rendered: list[tuple[int, int]] = []

    async def inspect(self, document: Document) -> DocumentInfo:
        return DocumentInfo(pages=1)

    async def render(self, page: PageRef, rotation_ccw: Rotation = 0) -> tuple[bytes, PageImage]:
        self.rendered.append((page.page_number, rotation_ccw))
        if page.page_number in self.broken:
            raise self.error(f"page {page.page_number} is broken")
        facts = PageImage(
            width=100,
            height=200,
            rotation_ccw=rotation_ccw,
            encoding="jpeg",
            renderer="imaginary",
            ink=0.0 if page.page_number in self.blank else 0.1,
            is_blank=page.page_number in self.blank,
            layer=self.layer.text if self.layer and self.layer.trusted else None,
        )
        return f"page {page.page_number} turned {rotation_ccw}".encode(), facts

    async def get(self, page: PageRef, rotation_ccw: Rotation = 0) -> tuple[bytes, PageImage]:
        return await self.render(page, rotation_ccw)

    async def text_layer(self, page: PageRef) -> TextLayer:
        if self.layer is None:
            raise PageError("no layer")
        return self.layer

    async def check_images(self, page: PageRef) -> None:
        if page.page_number in self.damaged:
            raise DamagedImage(f"page {page.page_number} shows a damaged image")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class MemoryCache:
    """A page cache that forgets when the test ends; counts what was put."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, int], PageRecord] = {}
        self.puts = 0

    async def get(self, doc_id: str, page_number: int) -> PageRecord | None:
        return self.records.get((doc_id, page_number))

    async def put(self, record: PageRecord) -> None:
        self.puts += 1
        self.records[record.doc_id, record.page_number] = record

    async def finished(self, doc_id: str) -> frozenset[int]:
        return frozenset(number for document, number in self.records if document == doc_id)


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def recipe(engine: Engine, settings: Settings | None = None) -> Recipe:
    return make_recipe(settings or Settings(), engine.identity)


def tools(
    engine: Engine, pages: ImaginaryPages | None = None, clock: Clock | None = None, budget: float = 300
) -> ReadingTools:
    pages = pages or ImaginaryPages()
    clock = clock or Clock()
    settings = Settings()
    return ReadingTools(
        engine=engine,
        reader=pages,
        images=pages,
        recipe=recipe(engine),
        policy=RetryPolicy(settings.ladder.temperatures, settings.ladder.max_attempts),
        backoff=Backoff(budget_seconds=budget),
        sleep=clock.sleep,
        clock=clock,
        rng=random.Random(1),
    )
