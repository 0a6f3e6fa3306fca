"""The main process's only access to PDF and image bytes: ports.PageReader on top of the worker pool."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from olmocr_core.domain.errors import (
    DocumentError,
    DocumentUnavailable,
    OutOfMemory,
    PageError,
    PageTimeout,
    UnreadableDocument,
    WorkerDied,
)
from olmocr_core.domain.models import Document, DocumentInfo, ErrorInfo, PageImage, PageRef, Rotation
from olmocr_core.domain.patience import Patience
from olmocr_core.domain.ports import TextLayer
from olmocr_core.domain.settings import Settings
from olmocr_core.pdf import poppler
from olmocr_core.sandbox.capacity import count_workers
from olmocr_core.sandbox.isolation import check_isolation
from olmocr_core.sandbox.pool import WorkerPool
from olmocr_core.sandbox.session import SessionSettings
from olmocr_core.storage.fetch import Fetcher

_log = logging.getLogger(__name__)
_METADATA_SHARE = 0.2


def open_pool(settings: Settings, passwords: tuple[str, ...] = (), fetcher: Fetcher | None = None) -> WorkerPool:
    """Create a pool of ``orchestration.workers`` workers (0: as many as cores and memory of this process allow).

    ``fetcher`` downloads remote files before a worker needs them. Raises UsageError where workers must be isolated and
    cannot be.
    """
    check_isolation(settings.limits.isolation)
    session = SessionSettings(settings.limits, settings.render, settings.cpu, settings.routing, passwords)
    size = settings.orchestration.workers or count_workers()
    patience = Patience(settings.orchestration.patience_seconds)
    return WorkerPool(size, settings.limits, session, fetcher, patience)


class SandboxedPageReader:
    """Implements ports.PageReader. It closes the pool that it was given."""

    def __init__(self, pool: WorkerPool):
        self._pool = pool

    async def inspect(self, document: Document) -> DocumentInfo:
        """Open the document and count its pages. Faults of the document are returned in ``error``, not raised."""
        seconds = self._pool.limits.inspect_seconds
        ask = partial(self._pool.call, what=Path(document.location).name, affinity=document.doc_id)
        try:
            info: DocumentInfo = await ask("olmocr_core.pdf.inspect:inspect_document", document, seconds=seconds)
        except PageTimeout:
            return _make_unreadable_info(f"opening it took longer than {seconds:g} s (limits.inspect_seconds)")
        except PageError as error:
            return _make_unreadable_info(f"it could not be opened: {error}")
        except (DocumentError, DocumentUnavailable) as error:
            return DocumentInfo(error=ErrorInfo(code=error.code, message=str(error)))
        if info.error is not None or document.kind != "pdf":
            return info
        share = seconds * _METADATA_SHARE
        try:
            # Twice the share: pypdf's own limit expires first, unless it hangs where Python cannot interrupt it.
            completed: DocumentInfo = await ask(
                "olmocr_core.pdf.inspect:complete_info", document, info, share, seconds=2 * share
            )
        except (PageError, DocumentError, DocumentUnavailable) as error:
            _log.info("%s: cannot read the metadata: %s", document.location, error)
            return info
        return completed

    async def render(self, page: PageRef, rotation_ccw: Rotation = 0) -> tuple[bytes, PageImage]:
        """Render the page image. Raises PageError or DocumentError.

        A page that kills its worker or exhausts its memory is tried once more with the second renderer, if it is
        installed.
        """
        try:
            return await self._render(page, rotation_ccw)
        except (WorkerDied, OutOfMemory) as error:
            if page.kind == "image" or not poppler.is_installed():
                raise
            _log.warning("%s; trying Poppler", error)
            return await self._render(page, rotation_ccw, "poppler")

    async def _render(self, page: PageRef, *how: object) -> tuple[bytes, PageImage]:
        image: tuple[bytes, PageImage] = await self._pool.call(
            "olmocr_core.pdf.render:render_page", page, *how, what=_describe_page(page), affinity=page.doc_id
        )
        return image

    async def text_layer(self, page: PageRef) -> TextLayer:
        """The page's text layer and whether it is trusted. Raises PageError or DocumentError."""
        if page.kind == "image":
            return TextLayer("", trusted=False)
        layer: TextLayer = await self._pool.call(
            "olmocr_core.pdf.read_text_layer:read_text_layer", page, what=_describe_page(page), affinity=page.doc_id
        )
        return layer

    async def check_images(self, page: PageRef) -> None:
        """Raise DamagedImage if the page shows an image that cannot be decoded; other PageErrors and DocumentErrors too."""
        await self._pool.call(
            "olmocr_core.pdf.image_damage:check_images", page, what=_describe_page(page), affinity=page.doc_id
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool.aclose()


def _make_unreadable_info(message: str) -> DocumentInfo:
    return DocumentInfo(error=ErrorInfo(code=UnreadableDocument("").code, message=message))


def _describe_page(page: PageRef) -> str:
    return f"page {page.page_number} of {Path(page.location).name}"
