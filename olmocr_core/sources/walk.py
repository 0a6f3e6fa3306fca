"""Walk folders and match globs: sorted, without hidden files, and without loops through links."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from olmocr_core.sources.names import is_hidden

_Found = tuple[Path, OSError | None]
_MAGIC = re.compile(r"[*?[]")


class LeadsOutside(OSError):
    """A link leads out of its folder. It is not followed: write access to the folder must not give read access elsewhere."""

    def __init__(self) -> None:
        super().__init__("the link leads outside of the folder")


def leads_outside(path: Path, root: Path) -> bool:
    """Whether links lead a path below ``root`` out of it. ``root`` itself may be a link."""
    try:
        return not path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        # A link to itself: opening it reports the error.
        return False


def has_magic(pattern: str) -> bool:
    """Whether a text is a glob."""
    return _MAGIC.search(pattern) is not None


def fixed_part(pattern: Path) -> Path:
    """The folder before the first component that is a glob."""
    parts = pattern.parts
    first = next((index for index, part in enumerate(parts) if has_magic(part)), len(parts) - 1)
    return Path(*parts[:first])


def walk(folder: Path, left_out: Iterable[Path] = ()) -> Iterator[tuple[Path, OSError | None]]:
    """Walk all files below a folder; a folder that cannot be listed comes with its error.

    Hidden files and folders are skipped, and the folders ``left_out`` (except ``folder`` itself). Links to folders are
    followed after all real folders, and each folder is walked once, so that links cannot form a loop. Links that lead out
    of ``folder`` come with the error LeadsOutside and are not followed.
    """
    seen = {identity for path in left_out if (identity := _identity(path))}
    seen.discard(_identity(folder) or (0, 0))
    links = deque([folder])
    while links:
        for path, error in _walk_real_folders(links.popleft(), seen, links):
            outside = error is None and path.is_symlink() and leads_outside(path, folder)
            yield (path, LeadsOutside()) if outside else (path, error)
        while links and leads_outside(links[0], folder):
            yield links.popleft(), LeadsOutside()


def match(pattern: Path) -> Iterator[tuple[Path, OSError | None]]:
    """Match a glob, sorted by component; ``**`` stands for any number of folders and follows no links.

    With ``**`` only files match; otherwise folders do as well. A folder that cannot be listed comes once, with its error.
    """
    parts = pattern.parts
    files_only = "**" in parts
    unlistable: set[Path] = set()
    for path, error in _match(Path(parts[0]), parts[1:]):
        if error is None:
            if not (files_only and path.is_dir()):
                yield path, None
        elif path not in unlistable:
            unlistable.add(path)
            yield path, error


def _walk_real_folders(
    start: Path, seen: set[tuple[int, int]], links: deque[Path]
) -> Iterator[tuple[Path, OSError | None]]:
    """Walk real folders depth first, without recursion: a hostile tree is deeper than Python's stack."""
    stack: list[Iterator[Path | os.DirEntry[str]]] = [iter([start])]
    while stack:
        found = next(stack[-1], None)
        if found is None:
            stack.pop()
        elif isinstance(found, Path) or found.is_dir(follow_symlinks=False):
            try:
                stack.append(_open_folder(Path(found), seen))
            except OSError as error:
                yield Path(found), error
        elif found.is_symlink() and Path(found).is_dir():
            links.append(Path(found))
        else:
            yield Path(found), None


def _open_folder(folder: Path, seen: set[tuple[int, int]]) -> Iterator[Path | os.DirEntry[str]]:
    identity = _identity(folder)
    if identity in seen:
        return iter(())
    if identity:
        seen.add(identity)
    return iter(_listing(folder))


def _match(base: Path, parts: tuple[str, ...]) -> Iterator[_Found]:
    if not parts:
        yield base, None
        return
    part, rest = parts[0], parts[1:]
    if part == "**":
        yield from _match_any_depth(base, parts)
    elif has_magic(part):
        for path, error in _entries(base, hidden=is_hidden(part)):
            if error:
                yield path, error
            elif fnmatchcase(path.name, part) and (not rest or path.is_dir()):
                yield from _match(path, rest)
    elif os.path.lexists(base / part):
        yield from _match(base / part, rest)


def _match_any_depth(base: Path, parts: tuple[str, ...]) -> Iterator[_Found]:
    rest = parts[1:]
    if rest:
        yield from _match(base, rest)
    for path, error in _entries(base):
        if error is None and path.is_dir() and not path.is_symlink():
            yield from _match(path, parts)
        elif error or not rest:
            yield path, error


def _entries(folder: Path, *, hidden: bool = False) -> list[_Found]:
    try:
        return [(Path(entry), None) for entry in _listing(folder, hidden=hidden)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        return [(folder, error)]


def _listing(folder: Path, *, hidden: bool = False) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted((entry for entry in entries if hidden or not is_hidden(entry.name)), key=lambda entry: entry.name)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
