"""The ports: what the core needs of an engine, of the code that reads PDF bytes, and of storage."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Protocol, Self

from olmocr_core.domain.models import (
    Attempt,
    Completion,
    Document,
    DocumentInfo,
    Frozen,
    PageImage,
    PageRecord,
    PageRef,
    Rotation,
    Signals,
    Transcription,
)
from olmocr_core.domain.serving_stats import ServingStats
from olmocr_core.domain.settings import Settings


class EngineIdentity(Frozen):
    """Everything about an engine that its answers depend on; part of every page key.

    ``decoding`` holds other values that change an answer (sampling settings, routing, versions of libraries), sorted by name.
    """

    name: str
    model: str
    revision: str = ""
    prompt_id: str = ""
    decoding: tuple[tuple[str, str], ...] = ()

    @property
    def label(self) -> str:
        """A short name for records and reports, for example ``cpu:PP-OCRv6-tiny``."""
        return f"{self.name}:{self.model}"


@dataclass(frozen=True, slots=True)
class PageRequest:
    """One attempt at one page. ``image`` is the encoded page image, rotated by ``attempt.rotation_ccw``."""

    page: PageRef
    attempt: Attempt
    image: bytes
    facts: PageImage


@dataclass(frozen=True, slots=True)
class TextLayer:
    """The text that a file holds for a page, in reading order; whether it can be trusted, and the signals behind that."""

    text: str
    trusted: bool
    signals: Signals = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Engine(Protocol):
    """Turns a page image into a transcription: one request in, one completion out.

    An engine does not parallelise, retry or cache: ``reading.read_slice`` bounds the concurrency and ``reading.read_page``
    makes the attempts. Subclass ``engines.base.EngineDefaults``, which implements everything but the first three members.
    """

    @property
    def identity(self) -> EngineIdentity:
        """What its answers depend on."""

    @property
    def concurrency(self) -> int:
        """How many pages it can read at once."""

    async def transcribe(self, request: PageRequest) -> Completion:
        """Read one page, one attempt.

        Raises EngineUnavailable for a fault that may pass, RequestRejected for a request that the engine refuses, PageError
        for a page that it cannot read, and RunError when no page can be read.
        """

    @property
    def device(self) -> Literal["cpu", "gpu"]:
        """Where its model runs; Prefect tags the tasks that read pages with it."""

    @property
    def idle_slots(self) -> int:
        """Requests that it could serve beside those it has; attempts at one page then run side by side."""

    def adapt_settings(self, settings: Settings) -> Settings:
        """The settings of the run with what its model needs, for example the size of page images."""

    def parse(self, answer: str) -> Transcription:
        """Read the answer of a completion that has no transcription. Raises MalformedAnswer."""

    async def pause(self, seconds: float) -> None:
        """Wait before the next request after EngineUnavailable; shorter when the engine is back earlier."""

    def serving(self) -> ServingStats | None:
        """What its model servers have done so far; None without servers."""

    async def aclose(self) -> None:
        """Close connections and processes."""


class PageReader(Protocol):
    """Access to PDF and image bytes: every call runs in a worker process that may crash."""

    async def inspect(self, document: Document) -> DocumentInfo:
        """Open the document and count its pages. A document that cannot be opened has an ``error``."""

    async def render(self, page: PageRef, rotation_ccw: Rotation = 0) -> tuple[bytes, PageImage]:
        """Draw a page as an encoded image; raises PageError or DocumentError."""

    async def text_layer(self, page: PageRef) -> TextLayer:
        """The text that the file itself holds for a page (empty for images); raises PageError or DocumentError."""

    async def check_images(self, page: PageRef) -> None:
        """Raise DamagedImage if the page shows an image that cannot be decoded; raises PageError or DocumentError."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class PageCache(Protocol):
    """Finished pages by key, the only record of what is done. The last write wins; a read never sees half a record."""

    async def get(self, doc_id: str, page_number: int) -> PageRecord | None:
        """The record of a page, or None."""

    async def put(self, record: PageRecord) -> None:
        """Store a record atomically."""

    async def finished(self, doc_id: str) -> frozenset[int]:
        """The numbers of a document's finished pages, from one listing."""


class PageImages(Protocol):
    """Page images, rendered ahead or on demand: the order of stages does not matter."""

    async def get(self, page: PageRef, rotation_ccw: Rotation = 0) -> tuple[bytes, PageImage]:
        """The encoded image and its facts. Raises PageError or DocumentError when the page cannot be drawn."""
