"""The page cache: one JSON file for each finished page, by document and recipe. It alone says which pages are done."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterable, Iterator

from pydantic import ValidationError

from olmocr_core.domain.models import PageRecord
from olmocr_core.domain.recipe import Recipe
from olmocr_core.storage.files import write_atomic
from olmocr_core.storage.paths import AnyPath, is_object_path

_log = logging.getLogger(__name__)
_SUFFIX = ".json"
# Records of blank pages are smaller: those of other pages need not be opened to know that they are valid.
_MOST_BLANK_BYTES = 900


class FilePageCache:
    """Page records as ``<folder>/<aa>/<doc_id>/<recipe>/<page>.json``. The last write wins; readers see complete files.

    No engine sees a blank page, so that no engine's identity knows why it counts as blank. ``drawing_code`` is a digest of
    the code that says so: blank pages by other code are not finished (default: whatever the code).
    """

    def __init__(self, folder: AnyPath, recipe: Recipe, drawing_code: str = "") -> None:
        self._folder = folder
        self._recipe = recipe
        self._drawing_code = drawing_code

    async def get(self, doc_id: str, page_number: int) -> PageRecord | None:
        """Return the record of a page under this recipe, or None if there is no valid one."""
        return await asyncio.to_thread(self._read_current, doc_id, page_number)

    async def put(self, record: PageRecord) -> None:
        """Store a record atomically."""
        path = self._path(record.doc_id, record.page_number)
        if record.status == "blank":
            record = record.model_copy(update={"drawing_code": self._drawing_code})
        await asyncio.to_thread(write_atomic, path, record.model_dump_json().encode())

    async def finished(self, doc_id: str) -> frozenset[int]:
        """Return the page numbers that have a record, from one listing."""
        return await asyncio.to_thread(self._list, doc_id)

    def read(self, doc_id: str, page_number: int) -> PageRecord | None:
        """Return the record of a page in the calling thread, also of a page that other code found blank."""
        path = self._path(doc_id, page_number)
        try:
            record = PageRecord.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError as error:
            _log.warning("removing the invalid page record %s: %s", path, error.errors()[0]["msg"])
            # Planning looks at names only: an invalid record would count as a finished page in every later run.
            path.unlink(missing_ok=True)
            return None
        return record if record.key == self._recipe.page_key(doc_id, page_number) else None

    def _read_current(self, doc_id: str, page_number: int) -> PageRecord | None:
        record = self.read(doc_id, page_number)
        return None if record and self._is_stale(record) else record

    def _is_stale(self, record: PageRecord) -> bool:
        return bool(self._drawing_code) and record.status == "blank" and record.drawing_code != self._drawing_code

    def _list(self, doc_id: str) -> frozenset[int]:
        names = {name.removesuffix(_SUFFIX): size for name, size in _sizes(self._document_folder(doc_id))
                 if name.endswith(_SUFFIX)}  # fmt: skip
        # A power failure can leave an empty file.
        sizes = {int(name): size for name, size in names.items() if name.isdecimal() and size}
        return frozenset(number for number, size in sizes.items() if not self._is_stale_file(doc_id, number, size))

    def _is_stale_file(self, doc_id: str, number: int, size: int) -> bool:
        if not self._drawing_code or size > _MOST_BLANK_BYTES:
            return False
        record = self.read(doc_id, number)
        return record is None or self._is_stale(record)

    def _document_folder(self, doc_id: str) -> AnyPath:
        return _document_folder(self._folder, doc_id, self._recipe.digest)

    def _path(self, doc_id: str, page_number: int) -> AnyPath:
        return self._document_folder(doc_id) / _file_name(page_number)


def read_page_records(folder: AnyPath, doc_id: str, recipe_digest: str, numbers: Iterable[int]) -> Iterator[PageRecord]:
    """Yield the records of pages that some recipe read, for callers who know its digest alone; what is gone is left out."""
    place = _document_folder(folder, doc_id, recipe_digest)
    for number in numbers:
        try:
            yield PageRecord.model_validate_json((place / _file_name(number)).read_bytes())
        except (FileNotFoundError, ValidationError):
            continue


def _document_folder(folder: AnyPath, doc_id: str, recipe_digest: str) -> AnyPath:
    return folder / doc_id[:2] / doc_id / recipe_digest[:16]


def _file_name(page_number: int) -> str:
    return f"{page_number:06d}{_SUFFIX}"


def _sizes(folder: AnyPath) -> Iterable[tuple[str, int]]:
    if is_object_path(folder):
        return folder.sizes()
    try:
        with os.scandir(str(folder)) as entries:
            return [(entry.name, entry.stat().st_size) for entry in entries]
    except FileNotFoundError:
        return ()
