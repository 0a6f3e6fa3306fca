"""The manifest: it names every file of the dataset, and is written last."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from olmocr_core.documents.counts import DocumentCounts
from olmocr_core.domain.errors import RunError
from olmocr_core.domain.identity import file_digest
from olmocr_core.domain.models import Frozen
from olmocr_core.publish.sanitize import scrub
from olmocr_core.storage.files import check_relative, safe_join
from olmocr_core.storage.paths import AnyPath

MANIFEST = "manifest.json"
VERSION = 1


class PublishedFile(Frozen):
    """One file of the dataset; ``path`` is relative to it, ``records`` counts lines, rows or documents."""

    path: str
    records: int
    bytes: int
    sha256: str


class Manifest(Frozen):
    """The content of a dataset. ``version`` is that of this format; ``counts.documents`` is the sum of the other counts."""

    version: int = VERSION
    run: str = ""
    generator: str = ""
    created: str
    counts: DocumentCounts
    files: tuple[PublishedFile, ...]
    engines: tuple[Any, ...] = ()
    rules: dict[str, Any] = Field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The stored form: JSON in ASCII."""
        return (json.dumps(scrub(self.model_dump(mode="json")), indent=1, allow_nan=False) + "\n").encode("ascii")


def read_manifest(dataset: AnyPath) -> Manifest | None:
    """Read the manifest of a dataset; None if nothing was published. Raises RunError for one that cannot be read."""
    return read_manifest_file(dataset / MANIFEST)


def read_manifest_file(path: AnyPath) -> Manifest | None:
    """Read a manifest under any name, as ``read_manifest`` does."""
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        why = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error
        raise RunError(
            f"{path} cannot be read as a manifest ({why}); restore it, or move the folders dataset/ and ledger/ away and "
            "run again over all sources: no page is read twice"
        ) from error


def is_published(dataset: AnyPath, file: PublishedFile) -> bool:
    """Whether a local dataset holds a file with the same bytes. Raises ValueError for a path that leaves the dataset.

    Always False for a store: there manifests are compared, because reading files back is slow.
    """
    if not isinstance(dataset, Path):
        return False
    path = safe_join(dataset, file.path)
    return path.is_file() and path.stat().st_size == file.bytes and file_digest(path) == file.sha256


def verify(dataset: AnyPath) -> list[str]:
    """Check a dataset; return one line a problem. Reads every file, changes nothing."""
    try:
        manifest = read_manifest(dataset)
    except RunError as error:
        return [str(error)]
    if manifest is None:
        return [f"{dataset / MANIFEST} is missing"]
    return [*count_problems(manifest), *(line for file in manifest.files for line in _file_problems(dataset, file))]


def count_problems(manifest: Manifest) -> Iterator[str]:
    """Compare the counts with each other and with the records in the files; one line a problem."""
    counts = manifest.counts
    if counts.documents != counts.ended:
        yield f"{counts.documents} documents came in but {counts.ended} have an end"
    expected = {"dolma": counts.kept + counts.partial, "parquet/documents": counts.documents}
    for folder, records in expected.items():
        files = [file for file in manifest.files if file.path.startswith(folder + "/")]
        found = sum(file.records for file in files)
        if files and found != records:
            yield f"{folder} holds {found} records instead of {records}"


def _file_problems(dataset: AnyPath, file: PublishedFile) -> Iterator[str]:
    try:
        check_relative(dataset, file.path)
        path = safe_join(dataset, file.path) if isinstance(dataset, Path) else dataset / file.path
        size = path.stat().st_size
        digest = file_digest(path)
    except FileNotFoundError:
        yield f"{file.path} is missing"
    except (OSError, ValueError) as error:
        yield f"{file.path} cannot be read: {error}"
    else:
        if (size, digest) != (file.bytes, file.sha256):
            yield f"{file.path} is not what was published: {size} bytes, sha256 {digest}"
