"""What inspection found, kept beside a document's page records: a second run need not open the document to plan."""

from __future__ import annotations

from pydantic import ValidationError

from olmocr_core.domain.models import DocumentInfo
from olmocr_core.storage.files import write_atomic
from olmocr_core.storage.paths import AnyPath

# Bump when inspection learns to see more.
_NAME = "document-1.json"


class DocumentInfoCache:
    """Document infos under ``<folder>/<aa>/<doc_id>/``. Only good news is kept: an error may be gone next time."""

    def __init__(self, folder: AnyPath, max_pages: int) -> None:
        self._folder = folder
        self._max_pages = max_pages

    def get(self, doc_id: str) -> DocumentInfo | None:
        """The info, or None; one with more pages than are allowed now counts as absent."""
        try:
            info = DocumentInfo.model_validate_json(self._path(doc_id).read_bytes())
        except (FileNotFoundError, ValidationError):
            return None
        return info if info.pages <= self._max_pages else None

    def put(self, doc_id: str, info: DocumentInfo) -> None:
        """Keep an info that has no error."""
        if info.error is None:
            write_atomic(self._path(doc_id), info.model_dump_json().encode())

    def _path(self, doc_id: str) -> AnyPath:
        return self._folder / doc_id[:2] / doc_id / _NAME
