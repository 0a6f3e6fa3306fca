"""Atomic commits: files are staged beside the dataset, a copy of the new manifest commits, then the files are moved.

A crash before the commit leaves the old dataset untouched. After a crash behind it, ``recover`` or the next publisher
finishes the move.
"""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from collections.abc import Iterator
from pathlib import Path

from olmocr_core.domain.errors import RunError
from olmocr_core.publish.manifest import (
    MANIFEST,
    Manifest,
    PublishedFile,
    is_published,
    read_manifest,
    read_manifest_file,
)
from olmocr_core.publish.remote import commit_remote, staging_remote
from olmocr_core.storage.durability import sync_filesystem
from olmocr_core.storage.files import is_temporary, safe_join, write_atomic
from olmocr_core.storage.full_disk import explain_full_disk, full_disk
from olmocr_core.storage.paths import AnyPath, is_object_path

PENDING = ".pending"
_PREVIOUS = "previous.json"
_LOCK = ".lock"


@contextlib.contextmanager
def staging(dataset: AnyPath) -> Iterator[Path]:
    """Open an empty local folder for the files of the next dataset; one publisher at a time.

    Finishes an interrupted commit first. Files that are not committed are removed. Raises RunError when another process
    publishes to the same dataset.
    """
    if is_object_path(dataset):
        with staging_remote(dataset) as folder:
            yield folder
        return
    assert isinstance(dataset, Path)
    with _locked(dataset):
        _recover(dataset)
        pending = dataset / PENDING
        pending.mkdir()
        try:
            yield pending
        finally:
            if not (pending / MANIFEST).exists():
                shutil.rmtree(pending, ignore_errors=True)


def commit(dataset: AnyPath, manifest: Manifest, pending: Path) -> Manifest:
    """Make the files in ``pending`` the dataset, and return the manifest as it is stored.

    Raises RunError for a file that cannot be moved to its place.
    """
    if is_object_path(dataset):
        return commit_remote(dataset, manifest, pending)
    assert isinstance(dataset, Path)
    with explain_full_disk(dataset):
        return _commit_local(dataset, manifest, pending)


def _commit_local(dataset: Path, manifest: Manifest, pending: Path) -> Manifest:
    # The old manifest names the files to remove, and is replaced before they are.
    old = read_manifest(dataset)
    if old:
        write_atomic(pending / _PREVIOUS, old.to_bytes())
    # The manifest names the files: they must be on the device before it is.
    sync_filesystem(pending)
    write_atomic(pending / MANIFEST, manifest.to_bytes(), fsync=True)
    _apply(dataset, manifest)
    return manifest


def recover(dataset: AnyPath) -> bool:
    """Finish an interrupted commit; return whether there was one. A store never needs it."""
    if not isinstance(dataset, Path):
        return False
    if not (dataset / PENDING).exists():
        return False
    with _locked(dataset):
        return _recover(dataset)


def _recover(dataset: Path) -> bool:
    for path in dataset.iterdir():
        if is_temporary(path):
            path.unlink(missing_ok=True)
    decided = read_manifest_file(dataset / PENDING / MANIFEST)
    if decided:
        _apply(dataset, decided)
    else:
        shutil.rmtree(dataset / PENDING, ignore_errors=True)
    return decided is not None


def _apply(dataset: Path, manifest: Manifest) -> None:
    # Every step is idempotent: a crash can come between any two.
    for file in manifest.files:
        _move(dataset, file)
    sync_filesystem(dataset)
    data = manifest.to_bytes()
    if not _holds(dataset / MANIFEST, data):
        write_atomic(dataset / MANIFEST, data, fsync=True)
    old = read_manifest_file(dataset / PENDING / _PREVIOUS)
    kept = {file.path for file in manifest.files}
    for path in sorted({file.path for file in old.files} - kept) if old else ():
        _remove(dataset, path)
    shutil.rmtree(dataset / PENDING, ignore_errors=True)


def _move(dataset: Path, file: PublishedFile) -> None:
    staged = dataset / PENDING / file.path
    try:
        if not staged.exists():
            return
        if is_published(dataset, file):
            staged.unlink()
            return
        target = safe_join(dataset, file.path)
        target.parent.mkdir(parents=True, exist_ok=True)
        staged.replace(target)
    except (OSError, ValueError) as error:
        if full := full_disk(error, dataset) if isinstance(error, OSError) else None:
            raise full from error
        raise RunError(f"cannot put {file.path} into the dataset {dataset}: {error}") from error


def _remove(dataset: Path, path: str) -> None:
    """Remove a file of the old manifest, and its folders if they are empty then."""
    try:
        target = safe_join(dataset, path)
    except ValueError:
        return
    with contextlib.suppress(OSError):
        target.unlink(missing_ok=True)
        for folder in target.parents:
            if folder == dataset:
                break
            folder.rmdir()


def _holds(path: Path, data: bytes) -> bool:
    return path.is_file() and path.read_bytes() == data


@contextlib.contextmanager
def _locked(dataset: Path) -> Iterator[None]:
    dataset.mkdir(parents=True, exist_ok=True)
    with (dataset / _LOCK).open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RunError(f"another process is publishing to {dataset}; wait for it and run again") from error
        yield
