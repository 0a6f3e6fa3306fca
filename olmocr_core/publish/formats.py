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
    """A format with one file a source. ``paths`` says after ``finish`` which file each source (by its URI) has."""

    paths: dict[str, str]

    def add(self, record: DocumentRecord) -> None:
        """Take one document."""

    def finish(self) -> list[PublishedFile]:
        """Write what is left."""

    def close(self) -> None:
        """Let go of open files; does nothing after ``finish``."""


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """What a module of a format holds under the name ``FORMAT``.

    Its files lie in the folder of its name below the dataset. ``open_part`` gives the writers of one numbered part, from
    the folder to write to, the settings and the number. ``open_sources`` is for a format with one file a source, from the
    folder to write to, the dataset, the paths that are taken, and the path that each source had. A format has one of the
    two.
    """

    open_part: Callable[[Path, Publish, int], list[Writer]] | None = None
    open_sources: Callable[[Path, AnyPath, Iterable[str], Mapping[str, str]], SourceWriter] | None = None


def output_format(name: str) -> OutputFormat:
    """The format of a name in ``FORMATS``."""
    return cast(OutputFormat, importlib.import_module(FORMATS[name]).FORMAT)


def part_writers(pending: Path, settings: Publish, number: int) -> list[Writer]:
    """The writers of one part, for every format that is cut into parts."""
    formats = [output_format(name) for name in settings.formats]
    return [writer for each in formats if each.open_part for writer in each.open_part(pending, settings, number)]


def source_format(settings: Publish) -> tuple[str, OutputFormat] | None:
    """Name and format of the one with a file a source, if the settings name one."""
    formats = ((name, output_format(name)) for name in settings.formats)
    return next(((name, each) for name, each in formats if each.open_sources), None)
