"""Cached inspection results: a second run plans a document without opening it."""

from __future__ import annotations

from pydantic import ValidationError

from olmocr_core.domain.models import DocumentInfo
from olmocr_core.storage.files import write_atomic
from olmocr_core.storage.paths import AnyPath

# Increase the number when inspection collects more.
_NAME = "document-1.json"


class DocumentInfoCache:
    """Stores document infos in ``<folder>/<aa>/<doc_id>/``, without errors: an error may not occur again."""

    def __init__(self, folder: AnyPath, max_pages: int) -> None:
        self._folder = folder
        self._max_pages = max_pages

    def get(self, doc_id: str) -> DocumentInfo | None:
        """Return the info, or None if there is none or if it has more than ``max_pages`` pages."""
        try:
            info = DocumentInfo.model_validate_json(self._path(doc_id).read_bytes())
        except (FileNotFoundError, ValidationError):
            return None
        return info if info.pages <= self._max_pages else None

    def put(self, doc_id: str, info: DocumentInfo) -> None:
        """Store an info that has no error."""
        if info.error is None:
            write_atomic(self._path(doc_id), info.model_dump_json().encode())

    def _path(self, doc_id: str) -> AnyPath:
        return self._folder / doc_id[:2] / doc_id / _NAME
