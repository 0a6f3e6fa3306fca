"""Markdown: one file a source, in the folders that the sources came in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from olmocr_core.identity import bytes_digest
from olmocr_core.models import DocumentRecord
from olmocr_core.publish.manifest import PublishedFile
from olmocr_core.publish.names import Wanted, markdown_names
from olmocr_core.publish.parts import has_text
from olmocr_core.publish.scrub import scrub_text
from olmocr_core.storage.files import safe_join

FOLDER = "markdown"
_UNNAMED = "unnamed"
_PER_FOLDER = 1000


@dataclass(frozen=True, slots=True)
class _Text:
    """A text that waits for its names: which file, its size in bytes, its digest, how many sources it is for."""

    path: Path
    size: int
    sha256: str
    copies: int


class MarkdownWriter:
    """Writes ``markdown/**/*.md``. Texts wait under numbers: a name depends on all other names."""

    def __init__(self, pending: Path) -> None:
        self._pending = pending
        self._texts: list[_Text] = []
        self._wanted: list[Wanted] = []

    def add(self, record: DocumentRecord) -> None:
        """Take one document; one without text or source has no file."""
        wanted = {Wanted(source.name, source.uri, record.doc_id): None for source in record.sources}
        if not has_text(record) or not wanted:
            return
        number = len(self._texts)
        path = self._pending / _UNNAMED / str(number // _PER_FOLDER) / str(number)
        data = scrub_text(record.text).encode("utf-8")
        if number % _PER_FOLDER == 0:
            path.parent.mkdir(parents=True)
        path.write_bytes(data)
        self._texts.append(_Text(path, len(data), bytes_digest(data), len(wanted)))
        self._wanted.extend(wanted)

    def finish(self) -> list[PublishedFile]:
        """Give every text its names; a document with several sources is written once for each."""
        names = iter(markdown_names(self._wanted))
        return [
            self._place(text, next(names), last=n == text.copies - 1)
            for text in self._texts
            for n in range(text.copies)
        ]

    def close(self) -> None:
        """Nothing stays open."""

    def _place(self, text: _Text, name: str, *, last: bool) -> PublishedFile:
        relative = f"{FOLDER}/{name}"
        target = safe_join(self._pending, relative)
        target.parent.mkdir(parents=True, exist_ok=True)
        if last:
            text.path.replace(target)
        else:
            target.write_bytes(text.path.read_bytes())
        return PublishedFile(path=relative, records=1, bytes=text.size, sha256=text.sha256)
