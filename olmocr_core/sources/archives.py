"""The types of archive that are opened. A new one is a module with three names, and one line in ``ARCHIVES``."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Protocol, cast

from olmocr_core.domain.models import Source
from olmocr_core.domain.settings import Limits
from olmocr_core.sources.found import Found
from olmocr_core.storage.paths import AnyPath


class ArchiveFormat(Protocol):
    """The interface of the module of an archive type. ``SUFFIXES`` are lower case, the longest first."""

    @property
    def SUFFIXES(self) -> tuple[str, ...]:
        """The suffixes of file names."""

    def matches(self, head: bytes) -> bool:
        """Whether the first 4 KB of a file are those of such an archive."""

    def read(self, path: Path, source: Source, prefix: str, inputs_folder: AnyPath, limits: Limits) -> Iterator[Found]:
        """Read the documents of an archive, copied to ``inputs_folder``; their names start with ``prefix``.

        Never raises for the content of the archive: a damaged one gives the documents before the damage, and a problem.
        Raises SourceAway for a file that cannot be read now.
        An ``ArchiveBudget`` holds the limits of what is written, whatever the archive claims.
        """


ARCHIVES: Mapping[str, str] = {
    "tar": "olmocr_core.sources.tar",
    "zip": "olmocr_core.sources.zip",
}


@cache
def archive_formats() -> tuple[ArchiveFormat, ...]:
    """The modules of all types of archive, in the order in which they are tried."""
    return tuple(cast(ArchiveFormat, importlib.import_module(module)) for module in ARCHIVES.values())


def archive_format(head: bytes) -> ArchiveFormat | None:
    """The type of archive that starts with these 4 KB, or None."""
    return next((each for each in archive_formats() if each.matches(head)), None)


def has_archive_name(name: str) -> bool:
    """Whether a name has the suffix of an archive."""
    return name.lower().endswith(tuple(suffix for each in archive_formats() for suffix in each.SUFFIXES))


def archive_stem(name: str) -> str:
    """The name of an archive without its suffix: the folder of its members."""
    lower = name.lower()
    suffix = next((suffix for each in archive_formats() for suffix in each.SUFFIXES if lower.endswith(suffix)), "")
    return name[: len(name) - len(suffix)] or name
