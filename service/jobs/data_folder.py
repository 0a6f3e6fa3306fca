"""The folder of the service: what lies where, and that one process uses it at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

from olmocr_core.domain.errors import RunError
from olmocr_core.storage.files import is_temporary, make_temporary_path, write_atomic
from olmocr_core.storage.full_disk import explain_full_disk

# Stands in the lock file while a service runs: a killed one leaves it there.
_IN_USE = b"in use\n"


class DataFolder:
    """``documents/<aa>/<sha256>``, ``results/<aa>/<job>.json``, ``incoming/``, ``workspace/`` for pages, ``runs/``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.database = root / "jobs.sqlite"
        self.incoming = root / "incoming"
        self.workspace = root / "workspace"

    def document(self, sha256: str) -> Path:
        """Where the bytes of a document lie, whether or not they do."""
        return self.root / "documents" / sha256[:2] / sha256

    def result(self, job_id: str) -> Path:
        """Where the record of a job lies once it is done."""
        return self.root / "results" / job_id[:2] / f"{job_id}.json"

    def run(self, flow_id: str) -> Path:
        """The workspace of a flow run that reads documents of the service."""
        return self.root / "runs" / flow_id

    def write_result(self, job_id: str, data: bytes) -> None:
        """Store the record of a job, so that it survives a power cut. Raises DiskFull and OSError."""
        write_atomic(self.result(job_id), data, fsync=True)

    @contextlib.contextmanager
    def incoming_folder(self) -> Iterator[Path]:
        """A folder for the files of one request; what is left there after the block is removed."""
        path = make_temporary_path(self.incoming / "upload")
        with explain_full_disk("the upload"):
            path.mkdir(mode=0o700)
        try:
            yield path
        finally:
            shutil.rmtree(path)

    def forget_document(self, sha256: str) -> None:
        """Delete the bytes of a document, its pages and its page images."""
        self.document(sha256).unlink(missing_ok=True)
        for kind in ("pages", "images"):
            shutil.rmtree(self.workspace / kind / sha256[:2] / sha256, ignore_errors=True)

    def forget_orphans(self, known: frozenset[str]) -> None:
        """Delete documents that no job names: a kill between their last byte and their job left them."""
        for path in self.root.glob("documents/*/*"):
            if path.name not in known:
                self.forget_document(path.name)


@contextlib.contextmanager
def open_data_folder(root: Path) -> Iterator[DataFolder]:
    """The folder, made where it is missing, for this process alone; what a killed process left unfinished is removed.

    Raises RunError if another process uses it or if it cannot be written, and DiskFull.
    """
    root = root.expanduser().absolute()
    try:
        with explain_full_disk(root):
            root.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = (root / "lock").open("ab", buffering=0)
    except OSError as error:
        raise RunError(f"the data folder {root} cannot be written: {error.strerror}") from error
    with lock:
        _lock(lock, root)
        if lock.tell():
            _remove_unfinished(root)
        lock.write(_IN_USE)
        folder = DataFolder(root)
        folder.incoming.mkdir(exist_ok=True, mode=0o700)
        yield folder
        lock.truncate(0)


def _lock(lock: FileIO, root: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RunError(f"another olmocr-serve uses {root}; stop it, or choose another folder by --data") from None


def _remove_unfinished(root: Path) -> None:
    shutil.rmtree(root / "incoming", ignore_errors=True)
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            if is_temporary(path):
                path.unlink(missing_ok=True)
