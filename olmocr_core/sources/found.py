"""What discovery passes on: candidates that are still to be read, documents, problems, and what was left out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from olmocr_core.domain.errors import OlmocrError
from olmocr_core.domain.models import Document, ErrorInfo, Frozen, Problem, Source


class Skipped(Frozen):
    """A file that nobody asked for by name and that is neither PDF nor image; or what an archive held besides files.

    ``count`` is how many files it stands for; ``note`` is said to people where there is something to say.
    """

    count: int = 1
    note: str = ""


Found = Document | Problem | Skipped


class Collected(Frozen):
    """Everything that the sources of a run hold; ``skipped`` counts files that are no documents."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]
    skipped: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A local file that may be a document. ``explicit``: somebody named this very file, so it must be one."""

    path: Path
    source: Source
    explicit: bool = False


@dataclass(frozen=True, slots=True)
class Trail:
    """How discovery came to a spec: the folder that it is relative to, and the lists and globs that lead to it."""

    base: Path
    through: tuple[Path, ...] = ()

    @property
    def nested(self) -> bool:
        """Whether the spec stands in a list, where a mistake costs one entry and not the run."""
        return bool(self.through)


def problem(source: Source, error: OlmocrError) -> Problem:
    """An error as it is stored with its source."""
    return Problem(source=source, error=ErrorInfo(code=error.code, message=str(error)))
