"""Writing a recording: a document's file is written at once when the document is assembled, in any process."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.models import PageRecord
from olmocr_core.domain.recipe import Recipe
from olmocr_core.recordings.format import (
    HEADER,
    RecordingHeader,
    answers_path,
    dump_header,
    extract_attempts,
    read_header,
)
from olmocr_core.storage.files import make_temporary_path, write_atomic

REPLAY = "replay"


class RecordingWriter:
    """Writes the answers to pages of one recipe into a folder; several processes may write to the same folder."""

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        """Raises UsageError when the folder holds another recording, and when the answers are recorded ones themselves."""
        if recipe.engine.name == REPLAY:
            raise UsageError("the engine replay gives recorded answers: there is nothing to record in this run")
        self.folder = folder
        self._header = RecordingHeader.from_recipe(recipe)
        self._has_header = False
        self._check_header(read_header(folder))

    def write_document(self, doc_id: str, records: Iterable[PageRecord]) -> int:
        """Write the attempts at a document's pages, replacing earlier ones. Returns their number. Raises OSError."""
        self._write_header()
        attempts = [attempt for record in records for attempt in extract_attempts(record)]
        path = answers_path(self.folder, doc_id)
        if attempts:
            lines = (attempt.model_dump_json(exclude_defaults=True).encode() + b"\n" for attempt in attempts)
            write_atomic(path, b"".join(lines))
        else:
            path.unlink(missing_ok=True)
        return len(attempts)

    def _write_header(self) -> None:
        if self._has_header:
            return
        path = self.folder / HEADER
        temporary = make_temporary_path(path)
        write_atomic(temporary, dump_header(self._header))
        try:
            # Only one of two processes can make the link, and the linked file is complete.
            with contextlib.suppress(FileExistsError):
                os.link(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        self._check_header(read_header(self.folder))
        self._has_header = True

    def _check_header(self, found: RecordingHeader | None) -> None:
        if found is None or found == self._header:
            return
        mine, theirs = self._header.model_dump(mode="json"), found.model_dump(mode="json")
        differ = ", ".join(name for name in mine if mine[name] != theirs[name])
        raise UsageError(
            f"{self.folder} is a recording of {found.engine.label}, and this run differs from it in {differ}: "
            "record into another folder"
        )


def open_writer(folder: str, recipe: Recipe) -> RecordingWriter:
    """The writer for a folder in the settings. Raises UsageError."""
    return RecordingWriter(parse_folder(folder), recipe)


def parse_folder(folder: str) -> Path:
    """The local folder of a recording. Raises UsageError for a folder in an object store."""
    if "://" in folder:
        raise UsageError(f"recording {folder}: name a local folder")
    return Path(folder).expanduser()
