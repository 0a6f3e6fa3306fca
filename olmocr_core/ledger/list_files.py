"""Sources that are lists, or globs over lists: what these name is what a night lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from olmocr_core.domain.errors import DocumentError, NothingFound, UsageError
from olmocr_core.domain.models import Problem, Source
from olmocr_core.domain.settings import Limits
from olmocr_core.sources.lists import LIST_SUFFIXES, looks_like_list, read_list
from olmocr_core.sources.local import read_head
from olmocr_core.sources.names import display, source_name
from olmocr_core.sources.objects import list_objects
from olmocr_core.sources.walk import fixed_part, has_magic, leads_outside, match
from olmocr_core.storage.fetch import Fetcher
from olmocr_core.storage.paths import AnyPath, is_remote_uri


class ListFiles:
    """Opens lists. ``note`` is told what is wrong with one; ``left_out``, the workspace, holds none."""

    def __init__(self, fetcher: Fetcher, limits: Limits, left_out: AnyPath, note: Callable[[str], None]) -> None:
        self._fetcher, self._limits, self._left_out, self._note = fetcher, limits, left_out, note

    def entries(self, spec: str) -> list[str] | None:
        """The sources that a list names, or all lists that a glob finds; None for what is neither.

        A glob finds lists if it ends as their names do. Raises UsageError for a glob over a folder that is not there.
        """
        if is_remote_uri(spec):
            return self._remote(spec)
        path = Path(spec)
        if path.is_file():
            return self._named_locally(path) if looks_like_list(path, _head(path)) else None
        if path.suffix not in LIST_SUFFIXES or not has_magic(spec):
            return None
        check_mounted(spec)
        return [entry for found in self._matches(spec) for entry in self._named_locally(found)]

    def _matches(self, spec: str) -> Iterator[Path]:
        pattern = Path.cwd() / spec
        for path in match(pattern):
            if path.is_file() and not leads_outside(path, fixed_part(pattern)):
                yield path

    def _remote(self, spec: str) -> list[str] | None:
        if not spec.endswith(LIST_SUFFIXES):
            return None
        if not has_magic(spec.partition("://")[2]):
            try:
                return self._named_in_store(spec)
            except FileNotFoundError:
                return None
        try:
            lists = [uri for uri, _, _ in list_objects(spec, self._fetcher.settings.source, self._left_out)]
        except NothingFound as error:
            self._note(str(error))
            return []
        return [entry for uri in lists for entry in self._named_in_store(uri)]

    def _named_locally(self, path: Path) -> list[str]:
        entries = self._told(read_list(path, _source(str(path)), self._limits))
        return [one if is_remote_uri(one) else str(path.absolute().parent / one) for one in entries]

    def _named_in_store(self, uri: str) -> list[str]:
        with self._fetcher.download(uri) as (path, _, _info):
            entries = list(read_list(path, _source(uri), self._limits))
        above = uri[: uri.rfind("/")]
        # Whoever can write to a bucket names objects beside the list, never files of this machine.
        return [one if is_remote_uri(one) else f"{above}/{one.lstrip('/')}" for one in self._told(entries)]

    def _told(self, entries: Iterable[str | Problem]) -> Iterator[str]:
        for entry in entries:
            if isinstance(entry, Problem):
                self._note(f"{entry.source.uri}: {entry.error.message}")
            else:
                yield entry


def check_mounted(spec: str) -> None:
    """Raise UsageError for a local glob whose folder is not there."""
    if not is_remote_uri(spec) and has_magic(spec) and not fixed_part(Path.cwd() / spec).is_dir():
        raise UsageError(f"source {display(spec)!r}: there is no such folder")


def _source(uri: str) -> Source:
    return Source(uri=display(uri), name=source_name(uri.rpartition("/")[2]))


def _head(path: Path) -> bytes:
    try:
        return read_head(path)
    except (OSError, DocumentError):
        # An archive's first byte: what cannot be read is no list.
        return b"\0"
