"""Publishing to an object store: files are written locally, new ones are uploaded, then the manifest, in one PUT.

No file of the old manifest is changed before the new manifest is stored. A reader that follows the manifest sees the old
dataset or the new one, wherever a publisher dies. The next publisher removes the files that no manifest names.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

from olmocr_core.domain.errors import RunError
from olmocr_core.domain.output_formats import FORMATS
from olmocr_core.publish.manifest import MANIFEST, Manifest, PublishedFile, read_manifest
from olmocr_core.storage.files import check_relative, safe_join
from olmocr_core.storage.lease import hold_lease, holds_lease
from olmocr_core.storage.paths import ObjectPath
from olmocr_core.storage.temporary_files import temporary_folder

LOCK = ".lock"
_TOKEN = ".token"
_UPLOADS = 8
# Folders that publishing owns: files in them that no manifest names are leftovers of a crash.
_OWN = tuple(f"{name}/" for name in FORMATS)
_log = logging.getLogger(__name__)


@contextlib.contextmanager
def staging_remote(dataset: ObjectPath) -> Iterator[Path]:
    """Open an empty local folder for the files of the next dataset. Raises RunError for a second publisher."""
    with (
        hold_lease(dataset / LOCK, str(dataset)) as token,
        temporary_folder("olmocr-publish-") as folder,
    ):
        (folder / _TOKEN).write_text(token)
        yield folder


def commit_remote(dataset: ObjectPath, manifest: Manifest, pending: Path) -> Manifest:
    """Make the staged files the dataset, and return the manifest as it is stored.

    A file that is not staged must be in the dataset. Raises RunError if it is not, or if the lock was lost.
    """
    old = read_manifest(dataset)
    settled, staged = resolve_names(manifest, old)
    there = {path.relative_to(dataset): size for path, size in _list_objects(dataset)}
    known = {file.path: file.sha256 for file in old.files} if old else {}
    missing = [
        file for file in settled.files if known.get(file.path) != file.sha256 or there.get(file.path) != file.bytes
    ]
    _upload(dataset, pending, {file.path: staged[file.path] for file in missing}, there, missing)
    if not holds_lease(dataset / LOCK, (pending / _TOKEN).read_text()):
        raise RunError(f"the lock of {dataset} was lost to another process; nothing was published, run again")
    if old != settled:
        (dataset / MANIFEST).write_bytes(settled.to_bytes())
    kept = {file.path for file in settled.files}
    for path in sorted(set(there) - kept):
        if path.startswith(_OWN):
            (dataset / path).unlink()
    return settled


def resolve_names(manifest: Manifest, old: Manifest | None) -> tuple[Manifest, dict[str, str]]:
    """The manifest with names that overwrite no file of the old one, and the staged path of each name.

    Part files carry their digest already. A Markdown file whose text changed takes a name with its digest; its next
    change takes the plain name again.
    """
    known = {file.path: file.sha256 for file in old.files} if old else {}
    taken = {file.path for file in manifest.files}
    files: list[PublishedFile] = []
    staged: dict[str, str] = {}
    for file in manifest.files:
        other = _with_digest(file)
        beside = known.get(other) == file.sha256 or known.get(file.path, file.sha256) != file.sha256
        path = other if beside and other not in taken else file.path
        files.append(file.model_copy(update={"path": path}))
        staged[path] = file.path
    return manifest.model_copy(update={"files": tuple(files)}), staged


def _with_digest(file: PublishedFile) -> str:
    path = PurePosixPath(file.path)
    return str(path.with_name(f"{path.stem}.{file.sha256[:16]}{path.suffix}"))


def _list_objects(dataset: ObjectPath) -> Iterator[tuple[ObjectPath, int]]:
    prefix = f"{dataset.key}/"
    for page in dataset.store.list_pages(dataset.bucket, prefix):
        yield from ((dataset / found.key.removeprefix(prefix), found.size) for found in page.objects)


def _upload(
    dataset: ObjectPath, pending: Path, staged: dict[str, str], there: dict[str, int], files: list[PublishedFile]
) -> None:
    def one(file: PublishedFile) -> None:
        check_relative(dataset, file.path)
        local = safe_join(pending, staged[file.path])
        if not local.is_file():
            if there.get(file.path) == file.bytes:
                return
            raise RunError(f"{file.path} is neither staged nor in the dataset {dataset}; nothing was published")
        (dataset / file.path).upload(local)

    with ThreadPoolExecutor(_UPLOADS, "upload") as pool:
        list(pool.map(one, files))
