"""The one way from the main process to PDF and image bytes: ports.PageReader on top of the worker pool."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self

from olmocr_core.errors import PageError, PageTimeout
from olmocr_core.models import Document, DocumentInfo, ErrorInfo, PageImage, PageRef, Rotation
from olmocr_core.pdf.pool import WorkerPool
from olmocr_core.pdf.session import SessionSettings
from olmocr_core.ports import TextLayer
from olmocr_core.settings import Settings


def open_pool(settings: Settings, passwords: tuple[str, ...] = ()) -> WorkerPool:
    """A pool of ``orchestration.workers`` workers (0: one a core that this process may use)."""
    session = SessionSettings(settings.limits, settings.render, settings.cpu, settings.routing, passwords)
    size = settings.orchestration.workers or len(os.sched_getaffinity(0))
    return WorkerPool(size, settings.limits, session)


class PdfReader:
    """Implements ports.PageReader; closes the pool it was given."""

    def __init__(self, pool: WorkerPool):
        self._pool = pool

    async def inspect(self, document: Document) -> DocumentInfo:
        """Open the document and count its pages; never raises for the document's faults, see ``error``."""
        name = Path(document.location).name
        seconds = self._pool.limits.inspect_seconds
        try:
            info: DocumentInfo = await self._pool.call(
                "olmocr_core.pdf.ops:inspect_document", document, seconds=seconds, affinity=document.doc_id
            )
        except PageTimeout:
            message = f"{name}: opening it took longer than {seconds:g} s (limits.inspect_seconds)"
            return DocumentInfo(error=ErrorInfo(code="unreadable_document", message=message))
        except PageError as error:
            message = f"{name}: it cannot be inspected: {error}"
            return DocumentInfo(error=ErrorInfo(code="unreadable_document", message=message))
        return info

    async def render(self, page: PageRef, rotation_ccw: Rotation = 0) -> tuple[bytes, PageImage]:
        """The page image; raises PageError or DocumentError."""
        image: tuple[bytes, PageImage] = await self._pool.call(
            "olmocr_core.pdf.ops:render_page", page, rotation_ccw, what=_name(page), affinity=page.doc_id
        )
        return image

    async def text_layer(self, page: PageRef) -> TextLayer:
        """The text that the file holds for a page, judged; raises PageError or DocumentError."""
        if page.kind == "image":
            return TextLayer("", trusted=False)
        layer: TextLayer = await self._pool.call(
            "olmocr_core.pdf.ops:read_layer", page, what=_name(page), affinity=page.doc_id
        )
        return layer

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool.aclose()


def _name(page: PageRef) -> str:
    return f"page {page.page_number} of {Path(page.location).name}"
