"""Atomic writes and safe relative paths, local and in object stores."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from olmocr_core.domain.errors import StoreRefused
from olmocr_core.storage.durability import sync_path
from olmocr_core.storage.full_disk import explain_full_disk
from olmocr_core.storage.paths import AnyPath, ObjectPath, is_object_path

_TEMPORARY = ".tmp"
_log = logging.getLogger(__name__)


def write_atomic(path: AnyPath, data: bytes, *, fsync: bool = False) -> None:
    """Write a file so that readers see either the old or the new bytes; create parent folders.

    With ``fsync`` the file also survives a power failure. In a store this is one request. Raises DiskFull and OSError.
    """
    if is_object_path(path):
        path.write_bytes(data)
        return
    with open_atomic(path, fsync=fsync) as stream:
        stream.write(data)


@contextlib.contextmanager
def open_atomic(path: AnyPath, *, fsync: bool = False) -> Iterator[BinaryIO]:
    """Open a stream whose bytes become ``path`` if the block ends without an error, and are deleted otherwise."""
    with explain_full_disk(path):
        if is_object_path(path):
            with path.open("wb") as remote:
                yield cast(BinaryIO, remote)
            return
        assert isinstance(path, Path)
        with _open_local(path, fsync=fsync) as stream:
            yield stream


@contextlib.contextmanager
def _open_local(path: Path, *, fsync: bool) -> Iterator[BinaryIO]:
    temporary = make_temporary_path(path)
    try:
        with _create(temporary) as stream:
            yield stream
            if fsync:
                stream.flush()
                os.fsync(stream.fileno())
        temporary.replace(path)
        if fsync:
            sync_path(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def create_exclusive(path: AnyPath, data: bytes) -> bool:
    """Create a file unless it exists; return whether this call created it.

    Of a store without conditional writes several callers may hear that they did. Raises DiskFull and OSError.
    """
    if is_object_path(path):
        return _create_object(path, data)
    assert isinstance(path, Path)
    try:
        with explain_full_disk(path):
            stream = _create(path)
    except FileExistsError:
        return False
    try:
        with explain_full_disk(path), stream:
            stream.write(data)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return True


def make_temporary_path(path: Path) -> Path:
    """A unique name in the same folder; ``is_temporary`` recognises it after a crash."""
    # The name is cut: it may already have the maximum length of the file system.
    return path.with_name(f".{path.name[:40]}.{secrets.token_hex(8)}{_TEMPORARY}")


def is_temporary(path: Path) -> bool:
    """Whether an interrupted ``write_atomic`` left this file behind."""
    return path.name.startswith(".") and path.name.endswith(_TEMPORARY)


def replace_link(link: AnyPath, target: str) -> None:
    """Point ``link`` atomically to ``target``, a path relative to the folder of ``link``.

    Without symbolic links, ``link`` becomes a text file with the relative path. In a store, the objects below
    ``target`` are copied to ``link``. Raises DiskFull and OSError.
    """
    if is_object_path(link):
        _copy_below(link.parent / target, link)
        return
    assert isinstance(link, Path)
    with explain_full_disk(link):
        _replace_local_link(link, target)


def _replace_local_link(link: Path, target: str) -> None:
    temporary = make_temporary_path(link)
    link.parent.mkdir(parents=True, exist_ok=True)
    try:
        temporary.symlink_to(target)
    except OSError:
        write_atomic(link, (target + "\n").encode("utf-8", "surrogateescape"))
        return
    try:
        temporary.replace(link)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def check_relative(root: AnyPath, relative: str) -> tuple[str, ...]:
    """Split an untrusted relative path. Raises ValueError for a path that may lead out of ``root``."""
    parts = PurePosixPath(relative).parts
    if not parts or relative.startswith("/") or ".." in parts or "\0" in relative or "\\" in relative:
        raise ValueError(f"path {relative!r} does not name a file inside {root}")
    return parts


def safe_join(root: Path, relative: str) -> Path:
    """Join ``root`` and an untrusted relative path.

    Raises ValueError if the path is empty or absolute, contains ``..``, a backslash or NUL, or leaves ``root`` through
    an existing symbolic link.
    """
    parts = check_relative(root, relative)
    joined = root
    linked = False
    for part in parts:
        joined = joined / part
        linked = linked or joined.is_symlink()
    if linked and not joined.resolve().is_relative_to(root.resolve()):
        raise ValueError(f"path {relative!r} leaves {root} through a symbolic link")
    return joined


def _create_object(path: ObjectPath, data: bytes) -> bool:
    try:
        path.store.write(path.bucket, path.key, data, IfNoneMatch="*")
    except FileExistsError:
        return False
    except StoreRefused as error:
        if "NotImplemented" not in str(error):
            raise
        _log.warning("%s: the store does not support conditional writes; let only one process publish at a time", path)
        path.write_bytes(data)
    return True


def _copy_below(folder: ObjectPath, target: ObjectPath) -> None:
    for path in folder.rglob("*"):
        path.store.copy(path.bucket, path.key, (target / path.relative_to(folder)).key)


def _create(path: Path) -> BinaryIO:
    try:
        return path.open("xb")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("xb")
