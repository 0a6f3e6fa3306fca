"""Markdown: one file a source, in the folders that the sources came in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from olmocr_core.domain.identity import bytes_digest
from olmocr_core.domain.models import DocumentRecord
from olmocr_core.publish.formats import OutputFormat
from olmocr_core.publish.manifest import PublishedFile, is_published
from olmocr_core.publish.names import Wanted, markdown_names
from olmocr_core.publish.parts import has_text
from olmocr_core.publish.sanitize import scrub_text
from olmocr_core.storage.files import safe_join
from olmocr_core.storage.paths import AnyPath

FOLDER = "markdown"
_SPOOL = "texts"


@dataclass(frozen=True, slots=True)
class _Text:
    """A text in the spool: its position, its digest, and the number of its sources."""

    start: int
    size: int
    sha256: str
    copies: int


class MarkdownWriter:
    """Writes ``markdown/**/*.md``. Texts are spooled to one file first, because a name depends on all other names.

    A file that ``dataset`` holds already is not written again. ``taken`` and ``known`` are paths below ``markdown/`` as for
    ``markdown_names``; after ``finish``, ``paths`` maps the URI of each source to its file.
    """

    def __init__(
        self, pending: Path, dataset: AnyPath, taken: Iterable[str] = (), known: Mapping[str, str] | None = None
    ) -> None:
        self.paths: dict[str, str] = {}
        self._pending = pending
        self._dataset = dataset
        self._taken = taken
        self._known = known
        self._spool = (pending / _SPOOL).open("w+b")
        self._texts: list[_Text] = []
        self._wanted: list[Wanted] = []

    def add(self, record: DocumentRecord) -> None:
        """Add one document; one without text or source has no file.

        A duplicate has a file, because Markdown mirrors the sources.
        """
        wanted = {Wanted(source.name, source.uri, record.doc_id): None for source in record.sources}
        if not (has_text(record) or record.status == "duplicate") or not wanted:
            return
        data = scrub_text(record.text).encode("utf-8")
        self._texts.append(_Text(self._spool.tell(), len(data), bytes_digest(data), len(wanted)))
        self._spool.write(data)
        self._wanted.extend(wanted)

    def finish(self) -> list[PublishedFile]:
        """Name and write every text; a document with several sources has one file for each."""
        chosen = markdown_names(self._wanted, self._taken, self._known)
        self.paths = {source.uri: f"{FOLDER}/{name}" for source, name in zip(self._wanted, chosen, strict=True)}
        names = iter(chosen)
        files = [self._place(text, next(names)) for text in self._texts for _ in range(text.copies)]
        self.close()
        return files

    def close(self) -> None:
        """Close the spool."""
        self._spool.close()

    def _place(self, text: _Text, name: str) -> PublishedFile:
        file = PublishedFile(path=f"{FOLDER}/{name}", records=1, bytes=text.size, sha256=text.sha256)
        if not is_published(self._dataset, file):
            self._spool.seek(text.start)
            target = safe_join(self._pending, file.path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(self._spool.read(text.size))
        return file


FORMAT = OutputFormat(open_sources=MarkdownWriter)
