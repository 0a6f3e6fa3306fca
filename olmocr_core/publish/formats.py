"""What a format of the dataset is, and the formats that the settings name."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from olmocr_core.domain.models import DocumentRecord
from olmocr_core.domain.output_formats import FORMATS
from olmocr_core.domain.settings import Publish
from olmocr_core.publish.manifest import PublishedFile
from olmocr_core.publish.parts import Writer
from olmocr_core.storage.paths import AnyPath


class SourceWriter(Protocol):
    """A format with one file a source. After ``finish``, ``paths`` maps the URI of each source to its file."""

    paths: dict[str, str]

    def add(self, record: DocumentRecord) -> None:
        """Add one document."""

    def finish(self) -> list[PublishedFile]:
        """Write the last files."""

    def close(self) -> None:
        """Close open files; does nothing after ``finish``."""


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """An output format; its module holds one as ``FORMAT``.

    Its files lie in the folder of its name below the dataset. A format has one of two functions. ``open_part`` opens the
    writers of one numbered part: folder to write to, settings, number. ``open_sources`` opens the writer of a format with
    one file a source: folder to write to, dataset, paths in use, previous path of each source.
    """

    open_part: Callable[[Path, Publish, int], list[Writer]] | None = None
    open_sources: Callable[[Path, AnyPath, Iterable[str], Mapping[str, str]], SourceWriter] | None = None


def output_format(name: str) -> OutputFormat:
    """The format of a name in ``FORMATS``."""
    return cast(OutputFormat, importlib.import_module(FORMATS[name]).FORMAT)


def part_writers(pending: Path, settings: Publish, number: int) -> list[Writer]:
    """Open the writers of one part, for every format that is cut into parts."""
    formats = [output_format(name) for name in settings.formats]
    return [writer for each in formats if each.open_part for writer in each.open_part(pending, settings, number)]


def source_format(settings: Publish) -> tuple[str, OutputFormat] | None:
    """Name and format with one file a source, if the settings name one."""
    formats = ((name, output_format(name)) for name in settings.formats)
    return next(((name, each) for name, each in formats if each.open_sources), None)
