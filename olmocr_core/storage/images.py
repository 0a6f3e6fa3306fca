"""Page images in the workspace: a read-through cache that one stage may fill ahead for the next."""

from __future__ import annotations

import asyncio
import contextlib

from pydantic import ValidationError

from olmocr_core.domain.errors import DocumentError, DocumentUnavailable, PageError, error_from_code, may_pass
from olmocr_core.domain.models import ErrorInfo, Frozen, PageImage, PageRef, Rotation
from olmocr_core.domain.ports import PageReader
from olmocr_core.storage.files import write_atomic
from olmocr_core.storage.paths import AnyPath


class _Sidecar(Frozen):
    """The JSON file beside an image: its facts, or the error if rendering failed, and the code that rendered it."""

    code: str = ""
    facts: PageImage | None = None
    error: ErrorInfo | None = None


class FilePageImages:
    """Images in ``<folder>/<aa>/<doc_id>/<render recipe>/<page>.jpg``, with their facts beside them as JSON.

    A failed rendering is stored, too, so that a hanging page costs its time limit once; ``retry_errors`` tries it again.
    Rotated images are rendered on demand and not stored: few pages need one. ``code`` is a digest of the rendering code:
    an image that other code rendered, and its verdict on blank pages, is not used.
    """

    def __init__(
        self, folder: AnyPath, reader: PageReader, render_digest: str, retry_errors: bool = False, code: str = ""
    ) -> None:
        self._folder = folder
        self._reader = reader
        self._render_digest = render_digest
        self._retry_errors = retry_errors
        self._code = code

    async def get(self, page: PageRef, rotation_ccw: Rotation = 0) -> tuple[bytes, PageImage]:
        """Return the encoded image and its facts, stored or rendered now. Raises PageError or DocumentError."""
        if rotation_ccw:
            return await self._reader.render(page, rotation_ccw)
        stored = await asyncio.to_thread(self._load, page)
        return stored if stored else await self._render(page)

    async def warm(self, page: PageRef) -> bool:
        """Store the image of a page if it is not stored yet; False if the page cannot be rendered."""
        try:
            if not await asyncio.to_thread(self._is_stored, page):
                await self._render(page)
        except (PageError, DocumentError, DocumentUnavailable):
            return False
        return True

    def read(self, doc_id: str, page_number: int) -> bytes | None:
        """Read a stored image by its identity, for reports; None if there is none."""
        stem = self._stem(doc_id, page_number)
        for suffix in (".jpg", ".png"):
            with contextlib.suppress(FileNotFoundError):
                return stem.with_suffix(suffix).read_bytes()
        return None

    async def _render(self, page: PageRef) -> tuple[bytes, PageImage]:
        stem = self._stem(page.doc_id, page.page_number)
        try:
            data, facts = await self._reader.render(page, 0)
        except (PageError, DocumentError) as error:
            await asyncio.to_thread(self._write_error, stem, error)
            raise
        await asyncio.to_thread(self._write_image, stem, data, facts)
        return data, facts

    def _is_stored(self, page: PageRef) -> bool:
        sidecar = self._sidecar(page)
        return sidecar is not None and (sidecar.error is not None or _has_bytes(self._image_path(page, sidecar)))

    def _load(self, page: PageRef) -> tuple[bytes, PageImage] | None:
        sidecar = self._sidecar(page)
        if sidecar is None:
            return None
        if sidecar.error:
            raise error_from_code(sidecar.error.code, sidecar.error.message)
        try:
            data = self._image_path(page, sidecar).read_bytes()
        except FileNotFoundError:
            return None
        # After a power cut a file may have its name and no bytes.
        return (data, sidecar.facts) if sidecar.facts and data else None

    def _sidecar(self, page: PageRef) -> _Sidecar | None:
        path = self._stem(page.doc_id, page.page_number).with_suffix(".json")
        try:
            sidecar = _Sidecar.model_validate_json(path.read_bytes())
        except (FileNotFoundError, ValidationError):
            return None
        is_stale = sidecar.code != self._code
        return None if is_stale or (sidecar.error and self._is_retried(sidecar.error)) else sidecar

    def _is_retried(self, error: ErrorInfo) -> bool:
        # Older versions stored what may pass, too.
        return self._retry_errors or may_pass(error.code)

    def _image_path(self, page: PageRef, sidecar: _Sidecar) -> AnyPath:
        encoding = sidecar.facts.encoding if sidecar.facts else "jpeg"
        return self._stem(page.doc_id, page.page_number).with_suffix(_suffix(encoding))

    def _stem(self, doc_id: str, page_number: int) -> AnyPath:
        return self._folder / doc_id[:2] / doc_id / self._render_digest[:16] / f"{page_number:06d}"

    def _write_image(self, stem: AnyPath, data: bytes, facts: PageImage) -> None:
        # The image first: the sidecar makes it visible. An image without facts is useless.
        write_atomic(stem.with_suffix(_suffix(facts.encoding)), data)
        self._write_sidecar(stem, _Sidecar(code=self._code, facts=facts))

    def _write_error(self, stem: AnyPath, error: PageError | DocumentError) -> None:
        info = ErrorInfo(code=error.code, message=str(error))
        self._write_sidecar(stem, _Sidecar(code=self._code, error=info))

    def _write_sidecar(self, stem: AnyPath, sidecar: _Sidecar) -> None:
        write_atomic(stem.with_suffix(".json"), sidecar.model_dump_json().encode())


def _has_bytes(path: AnyPath) -> bool:
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False


def _suffix(encoding: str) -> str:
    return ".jpg" if encoding == "jpeg" else ".png"
