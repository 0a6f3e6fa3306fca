"""What sources hold, by name, size and version, without reading a byte of it: what a ledger compares."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.models import Frozen
from olmocr_core.domain.settings import Store
from olmocr_core.sources.names import display, is_hidden, relative_to, source_name
from olmocr_core.sources.objects import list_objects
from olmocr_core.sources.walk import LeadsOutside, fixed_part, has_magic, leads_outside, match, walk
from olmocr_core.storage.paths import AnyPath, is_remote_uri


class Listed(Frozen):
    """A file or object that a source holds; an archive counts as one, whatever is in it.

    ``uri`` can be given as a source by itself; ``name`` is relative to what was listed. ``version`` changes when the
    content may have: the etag of an object, the modification time of a local file in nanoseconds.
    """

    uri: str
    name: str
    size: int
    version: str


Missed = Callable[[str, OSError], None]


def list_sources(
    spec: str, store: Store | None = None, left_out: AnyPath | None = None, missed: Missed | None = None
) -> Iterator[Listed]:
    """What a folder, a glob, a file, or an ``s3://`` prefix, key or glob holds, in the order of names, as a stream.

    Hidden files are left out, as in discovery, and links that lead out of the folder.
    ``store`` says how ``s3://`` is reached (``storage.source``);
    ``left_out``, the workspace, is no source even where it lies inside one; ``missed`` is told of folders that cannot be
    listed. Raises NothingFound for a prefix with nothing below it, UsageError for a file or folder that is not there,
    StoreRefused and StoreUnavailable for a store that does not give it.
    """
    if is_remote_uri(spec):
        for uri, name, found in list_objects(spec, store or Store(), left_out):
            yield Listed(uri=uri, name=name, size=found.size, version=found.etag)
        return
    if "://" in spec:
        raise UsageError(f"source {display(spec)!r}: only local folders and s3:// can be listed")
    yield from _local(spec, (left_out,) if isinstance(left_out, Path) else (), missed or _ignore)


def _local(spec: str, left_out: tuple[Path, ...], missed: Missed) -> Iterator[Listed]:
    path = Path(os.path.abspath(spec))  # noqa: PTH100 - people know their files by the names that links give them
    if path.is_dir():
        yield from _files(_walk(path, left_out, missed), path)
    elif path.exists():
        yield from _files(iter([path]), path.parent)
    elif has_magic(spec):
        pattern = Path.cwd() / spec
        root = fixed_part(pattern)
        inside = (found for found in match(pattern) if not leads_outside(found, root))
        yield from _files((inner for found in inside for inner in _inside(found, left_out, missed)), root)
    else:
        raise UsageError(f"source {display(spec)!r}: there is no such file or folder")


def _inside(path: Path, left_out: tuple[Path, ...], missed: Missed) -> Iterator[Path]:
    if path.is_dir():
        yield from _walk(path, left_out, missed)
    else:
        yield path


def _walk(folder: Path, left_out: tuple[Path, ...], missed: Missed) -> Iterator[Path]:
    for found, error in walk(folder, left_out):
        if error is None:
            yield found
        elif not isinstance(error, LeadsOutside):
            missed(display(str(found)), error)


def _ignore(folder: str, error: OSError) -> None:
    """Whoever asks for no account of folders that cannot be listed gets none."""


def _files(paths: Iterator[Path], root: Path) -> Iterator[Listed]:
    for path in paths:
        try:
            found = path.stat()
        except OSError:
            # Gone since it was listed, or a link to nothing: discovery says so if it is asked for it.
            continue
        if path.is_dir() or is_hidden(path.name):
            continue
        yield Listed(
            uri=display(str(path)),
            name=source_name(relative_to(str(path), str(root))),
            size=found.st_size,
            version=str(found.st_mtime_ns),
        )
