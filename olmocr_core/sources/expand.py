"""From what a person wrote to files: one function for each form that a source can have."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from olmocr_core.domain.errors import DocumentError, NothingFound, StoreRefused, UnreadableDocument, UsageError
from olmocr_core.domain.models import Document, Problem, Source
from olmocr_core.domain.settings import Limits
from olmocr_core.pdf.file_type import sniff_kind
from olmocr_core.sources.archive import archive_stem, read_archive
from olmocr_core.sources.found import Candidate, Found, Skipped, Trail, problem
from olmocr_core.sources.lists import LIST_SUFFIXES, looks_like_list, read_list
from olmocr_core.sources.local import identify, read_head
from olmocr_core.sources.names import display, relative_to, source_name
from olmocr_core.sources.objects import list_objects
from olmocr_core.sources.remote import (
    TAR_SUFFIXES,
    RemoteCandidate,
    identify_remote,
    is_remote_archive,
    read_remote_archive,
)
from olmocr_core.sources.tar_head import is_tar
from olmocr_core.sources.walk import LeadsOutside, fixed_part, has_magic, leads_outside, match, walk
from olmocr_core.storage.fetch import Fetcher
from olmocr_core.storage.paths import AnyPath, split_uri

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
_MAX_NESTED_LISTS = 16

Item = Candidate | RemoteCandidate | Found


class Expander:
    """Expands the sources of one run; remembers which lists it has read, so that lists that name each other end."""

    def __init__(self, inputs_folder: AnyPath, limits: Limits, fetcher: Fetcher) -> None:
        self._inputs_folder = inputs_folder
        self._limits = limits
        self._fetcher = fetcher
        self._lists_read: set[Path | str] = set()
        # A workspace that lies inside a source folder holds page images and copies: no input of ours.
        self._own = inputs_folder.parent
        self._own_folders = [path for path in (inputs_folder, self._own) if isinstance(path, Path)]

    def check(self, specs: Sequence[str]) -> None:
        """Raise UsageError for what can be told to be wrong before anything is read."""
        for spec in specs:
            scheme = _SCHEME.match(spec)
            if scheme:
                _check_remote(spec, scheme.group(1))
            elif not spec.strip():
                raise UsageError("a source is an empty text; name a file, a folder, a glob or a list")
            elif not os.path.lexists(spec) and not has_magic(spec):
                raise UsageError(f"source {display(spec)!r}: there is no such file or folder")

    def expand(self, spec: str, trail: Trail) -> Iterator[Item]:
        """Everything that a spec stands for. Raises UsageError where it is wrong; inside a list that is a problem."""
        try:
            scheme = _SCHEME.match(spec)
            if scheme:
                _check_remote(spec, scheme.group(1))
                yield from self._objects(spec, trail)
            else:
                yield from self._local(spec, trail)
        except (UsageError, StoreRefused) as error:
            if not trail.nested:
                raise
            source = _entry(spec) if scheme else self._source(_absolute(trail.base / spec), trail.base)
            yield problem(source, UnreadableDocument(str(error)))

    def identify(self, item: Candidate | RemoteCandidate) -> Document | Problem | Skipped:
        """Read a candidate and say what it is."""
        if isinstance(item, RemoteCandidate):
            return identify_remote(item, self._fetcher, self._limits)
        return identify(item, self._inputs_folder, self._limits)

    def _objects(self, spec: str, trail: Trail) -> Iterator[Item]:
        """Objects of a spec. Archives and lists are opened as with files: where one is named, or a glob finds it."""
        glob = has_magic(spec)
        for uri, name, info in list_objects(spec, self._fetcher.settings.source, self._own):
            named = glob or uri == spec
            shown = display(uri)
            source = Source(uri=shown, name=source_name(uri[len("s3://") :]) if trail.nested else name)
            if named and uri.lower().endswith(TAR_SUFFIXES) and is_remote_archive(uri, self._fetcher):
                prefix = archive_stem(source.name) if trail.nested else ""
                yield from read_remote_archive(uri, source, prefix, self._fetcher, self._inputs_folder, self._limits)
            elif named and uri.endswith(LIST_SUFFIXES) and (not glob or spec.endswith(LIST_SUFFIXES)):
                yield from self._object_list(uri, source, trail)
            else:
                yield RemoteCandidate(uri, source, info, explicit=named and not glob)

    def _object_list(self, uri: str, source: Source, trail: Trail) -> Iterator[Item]:
        if uri in self._lists_read:
            return
        self._lists_read.add(uri)
        with self._fetcher.download(uri) as (path, _, _info):
            entries = list(read_list(path, source, self._limits))
        here = Trail(trail.base, (*trail.through, Path(uri)))
        for entry in entries:
            if isinstance(entry, Problem):
                yield entry
            elif _SCHEME.match(entry):
                yield from self.expand(entry, here)
            else:
                # Whoever can write to a bucket names objects beside the list, never files of this machine.
                yield from self.expand(f"{uri[: uri.rfind('/')]}/{entry.lstrip('/')}", here)

    def _local(self, spec: str, trail: Trail) -> Iterator[Item]:
        path = _absolute(trail.base / spec)
        if path.is_dir():
            yield from self._folder(path, trail)
        elif os.path.lexists(path):
            yield from self._file(path, trail)
        elif has_magic(spec):
            yield from self._glob(spec, trail)
        else:
            raise UsageError(f"source {display(spec)!r}: there is no such file or folder")

    def _folder(self, folder: Path, trail: Trail) -> Iterator[Item]:
        empty = True
        for item in self._walk(folder, trail.base if trail.nested else folder):
            empty = False
            yield item
        if empty:
            raise NothingFound(f"source {display(str(folder))!r}: the folder holds no files")

    def _walk(self, folder: Path, root: Path) -> Iterator[Item]:
        for path, error in walk(folder, self._own_folders):
            source = self._source(path, root)
            if isinstance(error, LeadsOutside):
                yield _not_followed(source)
            elif error:
                yield problem(source, UnreadableDocument(f"the folder cannot be listed: {error.strerror}"))
            else:
                yield Candidate(path, source)

    def _glob(self, spec: str, trail: Trail) -> Iterator[Item]:
        pattern = _absolute(trail.base / spec, normalise=False)
        root = trail.base if trail.nested else fixed_part(pattern)
        lists_wanted = pattern.suffix in LIST_SUFFIXES
        empty = True
        for path in match(pattern):
            empty = False
            if leads_outside(path, fixed_part(pattern)):
                yield _not_followed(self._source(path, root))
            elif path.is_dir():
                yield from self._walk(path, root)
            elif lists_wanted or is_tar(_head(path)):
                yield from self._file(path, Trail(root, (*trail.through, pattern)))
            else:
                yield Candidate(path, self._source(path, root))
        if empty:
            raise NothingFound(f"source {display(spec)!r}: nothing matches")

    def _file(self, path: Path, trail: Trail) -> Iterator[Item]:
        root = trail.base if trail.nested else path.parent
        source = self._source(path, root)
        head = _head(path)
        if is_tar(head):
            prefix = archive_stem(source.name) if trail.nested else ""
            yield from read_archive(path, source, prefix, self._inputs_folder, self._limits)
        elif sniff_kind(head) is None and looks_like_list(path, head):
            yield from self._list(path, source, trail)
        else:
            yield Candidate(path, source, explicit=True)

    def _list(self, path: Path, source: Source, trail: Trail) -> Iterator[Item]:
        real = path.resolve()
        if real in trail.through or len(trail.through) > _MAX_NESTED_LISTS:
            yield problem(source, UnreadableDocument("the list leads back to itself, or lists are nested too deeply"))
        elif real not in self._lists_read:
            self._lists_read.add(real)
            for entry in read_list(path, source, self._limits):
                if isinstance(entry, Problem):
                    yield entry
                else:
                    yield from self.expand(entry, Trail(path.parent, (*trail.through, real)))

    def _source(self, path: Path, root: Path) -> Source:
        return Source(uri=display(str(path)), name=source_name(relative_to(str(path), str(root))))


def _check_remote(spec: str, scheme: str) -> None:
    if scheme.lower() != "s3":
        raise UsageError(f"source {display(spec)!r}: {scheme}:// is not a kind of source that is known")
    split_uri(spec)


def _not_followed(source: Source) -> Skipped:
    return Skipped(note=f"{source.uri}: the link leads outside of the source and was not followed; name it by itself")


def _entry(spec: str) -> Source:
    return Source(uri=display(spec), name=source_name(spec.partition("://")[2]))


def _head(path: Path) -> bytes:
    # What cannot be opened goes on as a candidate: identifying it says why.
    try:
        return read_head(path)
    except (OSError, DocumentError):
        return b""


def _absolute(path: Path, *, normalise: bool = True) -> Path:
    # Not resolve(): people know their files by the names that links give them.
    return Path(os.path.abspath(path)) if normalise else Path.cwd() / path  # noqa: PTH100
