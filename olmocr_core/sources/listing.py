"""List sources: URI, size and version of each file and object, for comparison with the ledger. Opens no document."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from olmocr_core.domain.errors import NothingFound, UsageError
from olmocr_core.domain.models import Problem
from olmocr_core.domain.settings import Limits
from olmocr_core.sources.expand import Expander, unlistable_note
from olmocr_core.sources.found import Entry, LocalFile, Note, NotFollowed, Origin, RemoteObject, UnlistableFolder
from olmocr_core.sources.names import display, is_plain, source_name
from olmocr_core.storage.fetch import Fetcher
from olmocr_core.storage.paths import AnyPath

_log = logging.getLogger(__name__)


class Listed(NamedTuple):
    """A file or object that a source holds; an archive counts as one, whatever is in it.

    ``uri`` is a valid source by itself; ``name`` is relative to its source. ``version`` changes when the content may have
    changed: the etag of an object, the modification time of a local file in nanoseconds. ``problem`` is the reason why
    the file cannot be read (size and version are empty then). ``root`` is the number of its source; ``explicit``: the user
    named this file. ``path`` is the real path as bytes of a local file whose path is not plain text. ``not_followed`` is
    the reason why a link is not followed (size and version are empty then, too).
    """

    uri: str
    name: str
    size: int
    version: str
    problem: str = ""
    root: int = 0
    explicit: bool = False
    path: bytes | None = None
    not_followed: str = ""


@dataclass
class Listing:
    """The listing: number of entries, expanded specs, folders that could not be listed, notes, empty sources, links by URI."""

    entries: int = 0
    specs: list[str] = field(default_factory=list)
    blind: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    not_followed: dict[str, NotFollowed] = field(default_factory=dict)

    def note(self, text: str) -> None:
        """Add a message for the user, and log it."""
        _log.warning("%s", text)
        self.notes.append(text)


def list_sources(
    sources: Sequence[str], fetcher: Fetcher, limits: Limits, left_out: AnyPath, found: Listing
) -> Iterator[Listed]:
    """List folders, files, globs, ``s3://`` URIs and lists of them, as a stream, source by source.

    Hidden files and the workspace (``left_out``) are left out; links that lead out of a source are not followed. Fills
    ``found``, with sources that hold nothing in ``empty``. Raises UsageError for a missing source,
    StoreRefused and StoreUnavailable.
    """
    if not is_plain(str(left_out)):
        raise UsageError(f"the path {display(str(left_out))!r} holds characters that cannot be stored as text")
    expander = Expander(left_out, limits, fetcher)
    expander.check(sources)
    found.specs = expander.listed
    here = Origin(Path.cwd())
    for root, spec in enumerate(sources):
        try:
            for entry in expander.expand(spec, here):
                for listed in _listed(entry, root, found):
                    found.entries += 1
                    yield listed
        except NothingFound as error:
            found.note(str(error))
            found.empty.append(str(error))


def _listed(entry: Entry, root: int, found: Listing) -> Iterator[Listed]:
    if isinstance(entry, LocalFile):
        yield from _local(entry, root)
    elif isinstance(entry, RemoteObject):
        info, source = entry.info, entry.source
        yield Listed(entry.uri, source.name, info.size, info.etag, root=root, explicit=entry.explicit)
    elif isinstance(entry, NotFollowed):
        _log.warning("%s: %s", entry.source.uri, entry.reason)
        found.not_followed[entry.source.uri] = entry
        yield Listed(entry.source.uri, entry.source.name, 0, "", root=root, not_followed=entry.reason)
    elif isinstance(entry, Note):
        found.note(entry.text)
    elif isinstance(entry, UnlistableFolder):
        uri = display(str(entry.path))
        found.blind.append(uri)
        found.note(unlistable_note(entry))
        yield Listed(uri, source_name(entry.path.name), 0, "", unlistable_note(entry), root)
    else:
        yield _problem(entry, root, found)


def _problem(entry: Problem, root: int, found: Listing) -> Listed:
    found.note(f"{entry.source.uri}: {entry.error.message}")
    return Listed(entry.source.uri, entry.source.name, 0, "", entry.error.message, root)


def _local(entry: LocalFile, root: int) -> Iterator[Listed]:
    path, source = os.fspath(entry.path), entry.source
    try:
        status = entry.path.stat()
    except OSError as error:
        # A broken link, a link to itself, or a file that was deleted since its folder was listed.
        yield Listed(source.uri, source.name, 0, "", f"the file cannot be read: {error.strerror or error}", root)
        return
    yield Listed(
        uri=source.uri,
        name=source.name,
        size=status.st_size,
        version=str(status.st_mtime_ns),
        root=root,
        explicit=entry.explicit,
        path=None if is_plain(path) else os.fsencode(path),
    )


def check_not_empty(found: Listing) -> None:
    """Raise NothingFound for the first source without files: a mistake on the command line must not look like success."""
    for message in found.empty[:1]:
        raise NothingFound(message)


def check_documents(
    sources: Sequence[str], files: Sequence[int], documents: Sequence[int], not_followed: Iterable[NotFollowed] = ()
) -> None:
    """Raise NothingFound for a source with files but without a document or problem. Both are counts by source."""
    first = next(iter(not_followed), None)
    some = f"; not followed: {first.source.uri}: {first.reason}" if first else ""
    for spec, listed, held in zip(sources, files, documents, strict=True):
        if listed and not held:
            raise NothingFound(f"source {display(spec)!r}: no PDF or image among its {listed} files{some}")
