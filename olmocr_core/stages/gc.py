"""Removes old files from a workspace by the rules of ``retention``. A referenced page stays, whatever its age."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from olmocr_core.documents.retention import (
    Kind,
    RetentionRules,
    StoredFile,
    may_remove,
    may_remove_report,
    may_remove_run,
)
from olmocr_core.domain.models import Frozen
from olmocr_core.publish.manifest import read_manifest
from olmocr_core.stages.referenced_documents import find_referenced_documents
from olmocr_core.storage.batch_delete import BATCH_SIZE, delete_objects
from olmocr_core.storage.files import is_temporary
from olmocr_core.storage.paths import AnyPath, ObjectPath, is_object_path
from olmocr_core.storage.runs import Workspace
from olmocr_core.wiring import open_workspace

_log = logging.getLogger(__name__)
_EXAMPLES = 20
_DIGEST = frozenset("0123456789abcdef")
RUNS = "runs"


class Removed(Frozen):
    """The removed files by kind, or those that a dry run would remove: number, bytes, some paths."""

    dry_run: bool
    files: dict[Kind, int] = Field(default_factory=dict)
    bytes: dict[Kind, int] = Field(default_factory=dict)
    examples: tuple[str, ...] = ()
    documents_named: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _File:
    place: AnyPath
    parts: tuple[str, ...]  # below the folder that was listed
    modified: float
    size: int


class _Remover:
    """Removes files, or only counts them. Objects are deleted in batches; ``finish`` deletes the last one."""

    def __init__(self, dry_run: bool) -> None:
        self.dry_run = dry_run
        self.files: Counter[Kind] = Counter()
        self.bytes: Counter[Kind] = Counter()
        self.examples: list[str] = []
        self._waiting: list[ObjectPath] = []

    def remove(self, kind: Kind, file: _File) -> None:
        if not self.dry_run:
            self._delete(file)
        self.files[kind] += 1
        self.bytes[kind] += file.size
        if len(self.examples) < _EXAMPLES:
            self.examples.append(str(file.place))

    def finish(self) -> None:
        """Delete the last batch."""
        if self._waiting:
            one = self._waiting[0]
            delete_objects(one.store, one.bucket, [place.key for place in self._waiting])
            self._waiting = []

    def _delete(self, file: _File) -> None:
        if is_object_path(file.place):
            self._waiting.append(file.place)
            if len(self._waiting) == BATCH_SIZE:
                self.finish()
        else:
            file.place.unlink(missing_ok=True)
            _remove_empty(file)


def maintain(workspace: str, rules: RetentionRules, dry_run: bool, clock: Callable[[], float] = time.time) -> Removed:
    """Remove the files of a workspace that the rules allow to remove.

    Raises RunError, before it removes a page, if a list of the documents to keep cannot be read.
    """
    home = open_workspace(workspace)
    remover = _Remover(dry_run)
    gone = _remove_runs(home, rules, clock(), remover)
    _remove_reports(home, rules, clock(), remover)
    remover.finish()
    named = find_referenced_documents(home, _runs(home, gone))
    folders: tuple[tuple[Kind, AnyPath], ...] = (
        ("image", home.images),
        ("page", home.pages),
        ("input", home.inputs),
        ("result", home.root / "results"),
    )
    for kind, folder in folders:
        # New runs may have begun; their documents must stay.
        named = find_referenced_documents(home, _runs(home, gone))
        for file in _files(folder):
            entry = _entry(kind, file)
            if may_remove(entry, named, rules, clock()):
                remover.remove(entry.kind, file)
        # Before the next search for references: a file that it finds must not wait for its deletion.
        remover.finish()
    notes = () if named.certain else ("the dataset holds neither Parquet nor Dolma: no page was removed",)
    return Removed(
        dry_run=dry_run,
        files=dict(remover.files),
        bytes=dict(remover.bytes),
        examples=tuple(remover.examples),
        documents_named=len(named.anywhere),
        notes=notes,
    )


def _remove_runs(home: Workspace, rules: RetentionRules, now: float, remover: _Remover) -> frozenset[str]:
    manifest = read_manifest(home.dataset)
    gone = []
    for folder in _folders(home.root / RUNS):
        files = list(_files(folder))
        touched = max((file.modified for file in files), default=now)
        if not may_remove_run(folder.name, touched, manifest.run if manifest else "", rules, now):
            continue
        gone.append(folder.name)
        for file in files:
            remover.remove("run", file)
        _remove_folder(folder, remover)
    return frozenset(gone)


def _runs(home: Workspace, gone: frozenset[str]) -> list[AnyPath]:
    return [folder for folder in _folders(home.root / RUNS) if folder.name not in gone]


def _remove_reports(home: Workspace, rules: RetentionRules, now: float, remover: _Remover) -> None:
    reports = [folder for folder in _folders(home.reports) if folder.name != "latest"]
    # Ids of runs sort by time.
    newest = max((folder.name for folder in reports), default="")
    for folder in reports:
        files = list(_files(folder))
        touched = max((file.modified for file in files), default=now)
        if may_remove_report(folder.name, touched, newest, rules, now):
            for file in files:
                remover.remove("report", file)
            _remove_folder(folder, remover)


def _entry(kind: Kind, file: _File) -> StoredFile:
    name = file.parts[-1]
    if is_temporary(Path(name)):
        return StoredFile(kind="leftover", modified=file.modified)
    known = len(file.parts) >= 2 and len(file.parts[1]) == 64 and set(file.parts[1]) <= _DIGEST
    return StoredFile(kind=kind, modified=file.modified, doc_id=file.parts[1] if known else None)


def _folders(parent: AnyPath) -> list[AnyPath]:
    with contextlib.suppress(FileNotFoundError):
        return sorted((path for path in parent.iterdir() if path.is_dir()), key=str)
    return []


def _files(folder: AnyPath) -> Iterator[_File]:
    """All files below, with their times, from one listing; links are left out."""
    if is_object_path(folder):
        prefix = f"{folder.key}/"
        for page in folder.store.list_pages(folder.bucket, prefix):
            for found in page.objects:
                rest = found.key[len(prefix) :]
                yield _File(folder / rest, tuple(rest.split("/")), found.modified, found.size)
        return
    assert isinstance(folder, Path)
    yield from _local_files(folder, ())


def _local_files(folder: Path, above: tuple[str, ...]) -> Iterator[_File]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        parts = (*above, entry.name)
        if entry.is_dir(follow_symlinks=False):
            yield from _local_files(folder / entry.name, parts)
        elif entry.is_file(follow_symlinks=False):
            with contextlib.suppress(FileNotFoundError):
                found = entry.stat(follow_symlinks=False)
                yield _File(folder / entry.name, parts, found.st_mtime, found.st_size)


def _remove_empty(file: _File) -> None:
    """Remove the empty folders of a document; the first level stays for concurrent writers."""
    if isinstance(file.place, Path):
        with contextlib.suppress(OSError):
            for folder in list(file.place.parents)[: max(0, len(file.parts) - 2)]:
                folder.rmdir()


def _remove_folder(folder: AnyPath, remover: _Remover) -> None:
    if isinstance(folder, Path) and not remover.dry_run:
        for inner, _, _ in os.walk(folder, topdown=False):
            with contextlib.suppress(OSError):
                Path(inner).rmdir()
