"""Expand sources to files and objects: one method for each form of a source. Opens lists only."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from olmocr_core.domain.errors import (
    DocumentError,
    NothingFound,
    OlmocrError,
    StoreRefused,
    UnreadableDocument,
    UsageError,
)
from olmocr_core.domain.models import Problem, Source
from olmocr_core.domain.settings import Limits
from olmocr_core.pdf.file_type import claims_document
from olmocr_core.sources.found import (
    Entry,
    LocalFile,
    Note,
    NotFollowed,
    Origin,
    RemoteObject,
    UnlistableFolder,
    problem,
)
from olmocr_core.sources.lists import LIST_SUFFIXES, looks_like_list, read_list
from olmocr_core.sources.local import read_head
from olmocr_core.sources.names import display, relative_to, source_name
from olmocr_core.sources.objects import list_objects
from olmocr_core.sources.walk import LeadsOutside, fixed_part, has_magic, leads_outside, match, walk
from olmocr_core.storage.fetch import Fetcher
from olmocr_core.storage.paths import AnyPath, split_uri

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
_MAX_NESTED_LISTS = 16
_LEADS_OUTSIDE = "the link leads outside of the source; name it by itself to read what it points to"


class Expander:
    """Expands the sources of one run. ``left_out``, the workspace, is left out where it lies inside a source.

    ``listed`` collects the folders, globs, files and prefixes that were listed, with lists replaced by their entries: the
    scope of the listing. Each list is read once, so that lists which name each other end.
    """

    def __init__(self, left_out: AnyPath, limits: Limits, fetcher: Fetcher) -> None:
        self._limits = limits
        self._fetcher = fetcher
        self._left_out = left_out
        self._own_folders = [left_out] if isinstance(left_out, Path) else []
        self._lists_read: set[Path | str] = set()
        self.listed: list[str] = []

    def check(self, specs: Sequence[str]) -> None:
        """Raise UsageError for mistakes that show before anything is listed."""
        for spec in specs:
            scheme = _SCHEME.match(spec)
            if scheme:
                _check_remote(spec, scheme.group(1))
            elif not spec.strip():
                raise UsageError("a source is an empty text; name a file, a folder, a glob or a list")
            elif not os.path.lexists(spec) and not has_magic(spec):
                raise UsageError(f"source {display(spec)!r}: there is no such file or folder")

    def expand(self, spec: str, origin: Origin) -> Iterator[Entry]:
        """Expand a source, as a stream.

        Raises NothingFound for a source without files and UsageError for a wrong one; inside a list the first becomes a
        note and the second a problem.
        """
        scheme = _SCHEME.match(spec)
        try:
            if scheme:
                _check_remote(spec, scheme.group(1))
                yield from self._objects(spec, origin)
            else:
                yield from self._local(spec, origin)
        except NothingFound as error:
            if not origin.nested:
                raise
            yield Note(str(error)) if _may_be_empty(spec) else self._problem(spec, origin, error)
        except (UsageError, StoreRefused) as error:
            if not origin.nested:
                raise
            yield self._problem(spec, origin, error)

    def _problem(self, spec: str, origin: Origin, error: OlmocrError) -> Problem:
        """A missing entry of a list. It counts as listed, so that a document read from it before counts as deleted."""
        is_remote_uri = _SCHEME.match(spec)
        source = (
            _make_object_source(spec)
            if is_remote_uri
            else _make_source(_make_absolute(origin.base / spec), origin.base)
        )
        if source.uri not in self.listed:
            self.listed.append(source.uri)
        return problem(source, UnreadableDocument(str(error)))

    def _objects(self, spec: str, origin: Origin) -> Iterator[Entry]:
        """The objects of a spec. A list is opened if it is named, or if a glob for lists matches it."""
        glob = has_magic(spec)
        lists_wanted = spec.endswith(LIST_SUFFIXES)
        if not (glob and lists_wanted):
            self.listed.append(spec)
        for uri, name, info in list_objects(spec, self._fetcher.settings.source, self._left_out):
            named = glob or uri == spec
            source = Source(uri=display(uri), name=source_name(uri[len("s3://") :]) if origin.nested else name)
            if named and lists_wanted and uri.endswith(LIST_SUFFIXES):
                yield from self._object_list(uri, source, origin)
            else:
                yield RemoteObject(uri, source, info, explicit=named and not glob)

    def _object_list(self, uri: str, source: Source, origin: Origin) -> Iterator[Entry]:
        self._unlist(uri)
        if uri in self._lists_read:
            return
        self._lists_read.add(uri)
        with self._fetcher.download(uri) as (path, _, _info):
            entries = list(read_list(path, source, self._limits))
        here = Origin(origin.base, (*origin.through, Path(uri)))
        for entry in entries:
            if isinstance(entry, Problem):
                yield entry
            elif _SCHEME.match(entry):
                yield from self.expand(entry, here)
            else:
                # Security: a list in a bucket names objects of the bucket, never files of this machine.
                yield from self.expand(f"{uri[: uri.rfind('/')]}/{entry.lstrip('/')}", here)

    def _local(self, spec: str, origin: Origin) -> Iterator[Entry]:
        path = _make_absolute(origin.base / spec)
        if _is_folder(path):
            self.listed.append(str(path))
            yield from self._folder(path, origin)
        elif os.path.lexists(path):
            yield from self._file(path, origin)
        elif has_magic(spec):
            yield from self._glob(spec, origin)
        else:
            raise UsageError(f"source {display(spec)!r}: there is no such file or folder")

    def _folder(self, folder: Path, origin: Origin) -> Iterator[Entry]:
        empty = True
        for entry in self._walk(folder, origin.base if origin.nested else folder):
            if isinstance(entry, UnlistableFolder) and entry.path == folder:
                raise UsageError(f"source {_describe_unlistable(folder, entry.error)}")
            empty = False
            yield entry
        if empty:
            raise NothingFound(f"source {display(str(folder))!r}: the folder holds no files")

    def _walk(self, folder: Path, root: Path) -> Iterator[Entry]:
        for path, error in walk(folder, self._own_folders):
            if isinstance(error, LeadsOutside):
                yield NotFollowed(source=_make_source(_make_absolute(path), root), reason=_LEADS_OUTSIDE)
            elif error:
                yield UnlistableFolder(path, error)
            else:
                yield LocalFile(path, _make_source(path, root))

    def _glob(self, spec: str, origin: Origin) -> Iterator[Entry]:
        pattern = _make_absolute(origin.base / spec, normalise=False)
        if not _is_folder(fixed_part(pattern)):
            raise UsageError(f"source {display(spec)!r}: there is no such folder")
        root = origin.base if origin.nested else fixed_part(pattern)
        lists_wanted = pattern.suffix in LIST_SUFFIXES
        if not lists_wanted:
            self.listed.append(str(pattern))
        empty = True
        for path, error in match(pattern):
            empty = False
            if error and path == fixed_part(pattern):
                raise UsageError(f"source {_describe_unlistable(path, error)}")
            if error:
                yield UnlistableFolder(path, error)
            elif leads_outside(path, fixed_part(pattern)):
                yield NotFollowed(source=_make_source(_make_absolute(path), root), reason=_LEADS_OUTSIDE)
            elif path.is_dir():
                yield from self._walk(path, root)
            elif lists_wanted:
                yield from self._file(path, Origin(root, (*origin.through, pattern)))
            else:
                yield LocalFile(path, _make_source(path, root))
        if empty:
            raise NothingFound(f"source {display(spec)!r}: nothing matches")

    def _file(self, path: Path, origin: Origin) -> Iterator[Entry]:
        source = _make_source(path, origin.base if origin.nested else path.parent)
        # The suffix of a document saves opening the file: a run may name thousands that have not changed.
        if not claims_document(path.name) and looks_like_list(path, _head(path)):
            yield from self._list(path, source, origin)
        else:
            self.listed.append(str(path))
            yield LocalFile(path, source, explicit=True)

    def _list(self, path: Path, source: Source, origin: Origin) -> Iterator[Entry]:
        real = path.resolve()
        if len(origin.through) > _MAX_NESTED_LISTS:
            yield Note(f"{source.uri}: lists are nested too deeply")
        elif real not in self._lists_read:
            self._lists_read.add(real)
            for entry in read_list(path, source, self._limits):
                if isinstance(entry, Problem):
                    yield entry
                else:
                    yield from self.expand(entry, Origin(path.parent, (*origin.through, real)))

    def _unlist(self, spec: str) -> None:
        """Remove a list from the scope: its entries stand for it."""
        if spec in self.listed:
            self.listed.remove(spec)


def unlistable_note(entry: UnlistableFolder) -> str:
    """The message about a folder that cannot be listed."""
    return _describe_unlistable(entry.path, entry.error)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        # It lies below a folder that may not be entered.
        return False


def _describe_unlistable(folder: Path, error: OSError) -> str:
    return f"{display(str(folder))}: the folder cannot be listed: {error.strerror}"


def _check_remote(spec: str, scheme: str) -> None:
    if scheme.lower() != "s3":
        raise UsageError(f"source {display(spec)!r}: {scheme}:// is not a kind of source that is known")
    split_uri(spec)


def _may_be_empty(spec: str) -> bool:
    """Whether a source may be empty: a folder, a prefix or a glob; a missing key in a store is a mistake."""
    return not _SCHEME.match(spec) or spec.endswith("/") or has_magic(spec.partition("://")[2])


def _make_source(path: Path, root: Path) -> Source:
    return Source(uri=display(str(path)), name=source_name(relative_to(str(path), str(root))))


def _make_object_source(spec: str) -> Source:
    return Source(uri=display(spec), name=source_name(spec.partition("://")[2]))


def _head(path: Path) -> bytes:
    try:
        return read_head(path)
    except (OSError, DocumentError):
        # NUL occurs in no text: an unreadable file is no list. Identifying it reports the reason.
        return b"\0"


def _make_absolute(path: Path, *, normalise: bool = True) -> Path:
    # Not resolve(): URIs keep the names of links.
    return Path(os.path.abspath(path)) if normalise else Path.cwd() / path  # noqa: PTH100
