"""The values that the steps of discovery exchange: files to read, documents, problems, notes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from olmocr_core.domain.errors import OlmocrError
from olmocr_core.domain.models import Document, ErrorInfo, Frozen, Problem, Source
from olmocr_core.storage.objects import ObjectInfo


class Skipped(Frozen):
    """A file or a member of an archive that is neither PDF nor image and was not named explicitly."""


class NotFollowed(Frozen):
    """A link or a member of an archive that is not followed for safety, and why."""

    source: Source
    reason: str


Found = Document | Problem | Skipped | NotFollowed
"""The result of identifying a file or an archive member."""


class Collected(Frozen):
    """The content of sources; ``skipped`` counts files that are no documents."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]
    skipped: int = 0
    notes: tuple[str, ...] = ()
    not_followed: tuple[NotFollowed, ...] = ()


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A local file that is not opened yet. ``explicit``: the user named this file, so that it must be a document."""

    path: Path
    source: Source
    explicit: bool = False


@dataclass(frozen=True, slots=True)
class RemoteObject:
    """An object that is not read yet. ``explicit``: the user named this object, so that it must be a document."""

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
    """A message for the user about something that is left out."""

    text: str


Entry = LocalFile | RemoteObject | Problem | UnlistableFolder | NotFollowed | Note
"""The result of expanding a source, before anything is read."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The place of a spec: the folder that it is relative to, and the lists and globs that lead to it."""

    base: Path
    through: tuple[Path, ...] = ()

    @property
    def nested(self) -> bool:
        """Whether the spec stands in a list: there a mistake costs one entry, not the run."""
        return bool(self.through)


def problem(source: Source, error: OlmocrError) -> Problem:
    """Make the problem that stores an error with its source."""
    return Problem(source=source, error=ErrorInfo(code=error.code, message=str(error)))
