"""Keeping a recording: a document's file is written whole when the document is put together, by whichever process."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.models import PageRecord
from olmocr_core.domain.recipe import Recipe
from olmocr_core.recordings.format import HEADER, RecordingHeader, answers_path, attempts_of, dump_header, read_header
from olmocr_core.storage.files import temporary_beside, write_atomic

REPLAY = "replay"


class RecordingWriter:
    """Writes what one recipe's pages were answered into a folder, beside other processes that do the same."""

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        """Raises UsageError where the folder records something else, or where there is nothing to record."""
        if recipe.engine.name == REPLAY:
            raise UsageError("the engine replay gives recorded answers: there is nothing to record in this run")
        self.folder = folder
        self._header = RecordingHeader.of(recipe)
        self._claimed = False
        self._check(read_header(folder))

    def keep(self, doc_id: str, records: Iterable[PageRecord]) -> int:
        """Write the attempts at a document's pages in place of what was there; their number comes back. Raises OSError."""
        self._claim()
        attempts = [attempt for record in records for attempt in attempts_of(record)]
        path = answers_path(self.folder, doc_id)
        if attempts:
            lines = (attempt.model_dump_json(exclude_defaults=True).encode() + b"\n" for attempt in attempts)
            write_atomic(path, b"".join(lines))
        else:
            path.unlink(missing_ok=True)
        return len(attempts)

    def _claim(self) -> None:
        if self._claimed:
            return
        path = self.folder / HEADER
        temporary = temporary_beside(path)
        write_atomic(temporary, dump_header(self._header))
        try:
            # A link is made by one of two processes only, and is whole at once.
            with contextlib.suppress(FileExistsError):
                os.link(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        self._check(read_header(self.folder))
        self._claimed = True

    def _check(self, found: RecordingHeader | None) -> None:
        if found is None or found == self._header:
            return
        mine, theirs = self._header.model_dump(mode="json"), found.model_dump(mode="json")
        differ = ", ".join(name for name in mine if mine[name] != theirs[name])
        raise UsageError(
            f"{self.folder} is a recording of {found.engine.label}, and this run differs from it in {differ}: "
            "record into another folder"
        )


def open_writer(folder: str, recipe: Recipe) -> RecordingWriter:
    """The writer for a folder that settings name. Raises UsageError."""
    return RecordingWriter(local_folder(folder), recipe)


def local_folder(folder: str) -> Path:
    """A recording's folder. Raises UsageError for one in an object store."""
    if "://" in folder:
        raise UsageError(f"recording {folder}: name a local folder")
    return Path(folder).expanduser()
