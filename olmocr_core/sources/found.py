"""What discovery passes on: files that are still to be read, documents, problems, and what is left out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from olmocr_core.domain.errors import OlmocrError
from olmocr_core.domain.models import Document, ErrorInfo, Frozen, Problem, Source
from olmocr_core.storage.objects import ObjectInfo


class Skipped(Frozen):
    """A file that is neither PDF nor image and that nobody named; or what an archive holds besides files.

    ``count`` is how many files it stands for; ``note`` is a sentence for people, where there is something to say.
    """

    count: int = 1
    note: str = ""


Found = Document | Problem | Skipped
"""What a file or an archive member turned out to be."""


class Collected(Frozen):
    """Everything that some sources hold; ``skipped`` counts files that are no documents."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]
    skipped: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A local file that nobody has opened yet. ``explicit``: somebody named this very file, so it must be a document."""

    path: Path
    source: Source
    explicit: bool = False


@dataclass(frozen=True, slots=True)
class RemoteObject:
    """An object that nobody has read yet. ``explicit``: somebody named this very object, so it must be a document."""

    uri: str
    source: Source
    info: ObjectInfo
    explicit: bool = False


@dataclass(frozen=True, slots=True)
class UnlistableFolder:
    """A folder inside a source that cannot be listed: nothing in it counts as missing."""

    path: Path
    error: OSError


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence for people about something that is left out."""

    text: str


Entry = LocalFile | RemoteObject | Problem | UnlistableFolder | Note
"""What expanding a source gives, before anything is read."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a source text stands: the folder that it is relative to, and the lists and globs that lead to it."""

    base: Path
    through: tuple[Path, ...] = ()

    @property
    def nested(self) -> bool:
        """Whether the text stands in a list, where a mistake costs one entry and not the run."""
        return bool(self.through)


def problem(source: Source, error: OlmocrError) -> Problem:
    """An error as it is stored with its source."""
    return Problem(source=source, error=ErrorInfo(code=error.code, message=str(error)))
