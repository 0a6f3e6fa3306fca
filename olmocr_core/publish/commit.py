"""All or nothing: files are staged beside the dataset, a copy of the new manifest is the decision, moving is the rest.

A crash before the decision leaves the old dataset, untouched. After it the new dataset is certain: ``recover`` finishes
what a crash interrupted, as the next publishing does by itself.
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
from olmocr_core.storage.files import is_temporary, safe_join, write_atomic
from olmocr_core.storage.paths import AnyPath, is_object_path

PENDING = ".pending"
_PREVIOUS = "previous.json"
_LOCK = ".lock"


@contextlib.contextmanager
def staging(dataset: AnyPath) -> Iterator[Path]:
    """A fresh local folder to write the next dataset to, inside a local ``dataset``; one publisher at a time.

    Finishes an interrupted publishing first. What was not committed is removed. Raises RunError when another process
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
    """Make what is staged in ``pending`` the dataset; the manifest as it now stands there comes back.

    Raises RunError for a file that cannot be moved to its place.
    """
    if is_object_path(dataset):
        return commit_remote(dataset, manifest, pending)
    assert isinstance(dataset, Path)
    # Kept until the end: by then the manifest that named the files to remove is replaced.
    old = read_manifest(dataset)
    if old:
        write_atomic(pending / _PREVIOUS, old.to_bytes())
    write_atomic(pending / MANIFEST, manifest.to_bytes(), fsync=True)
    _apply(dataset, manifest)
    return manifest


def recover(dataset: AnyPath) -> bool:
    """Finish a publishing that was interrupted after its decision; whether there was one. A store never needs it."""
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
    # Every step may be a repetition: a crash can have come between any two.
    for file in manifest.files:
        _move(dataset, file)
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
        raise RunError(f"cannot put {file.path} into the dataset {dataset}: {error}") from error


def _remove(dataset: Path, path: str) -> None:
    """Remove a file that the old manifest named, and the folders that this leaves empty."""
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
