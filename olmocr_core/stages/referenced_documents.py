"""Find the documents that the dataset, the ledger and the runs of a workspace reference."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from olmocr_core.documents.retention import DocumentSet, ReferencedDocuments
from olmocr_core.domain.errors import RunError
from olmocr_core.publish.manifest import Manifest, read_manifest
from olmocr_core.storage.paths import AnyPath
from olmocr_core.storage.runs import RunFolder, Workspace

LEDGER = "ledger"


def find_referenced_documents(workspace: Workspace, runs: Iterable[AnyPath]) -> ReferencedDocuments:
    """Find the documents that the dataset, the ledger or one of ``runs`` (their folders) references.

    Raises RunError for a file that cannot be read: with an incomplete list nothing may be removed.
    """
    manifest = read_manifest(workspace.dataset)
    published = _published_ids(workspace.dataset, manifest) if manifest else iter(())
    anywhere = DocumentSet(published or ()) | DocumentSet(_ledger_ids(workspace.root))
    unfinished = DocumentSet()
    for run in runs:
        documents = DocumentSet(_run_ids(run))
        anywhere = anywhere | documents
        if not RunFolder(run).is_judged:
            unfinished = unfinished | documents
    return ReferencedDocuments(anywhere=anywhere, unfinished=unfinished, certain=published is not None)


def _published_ids(dataset: AnyPath, manifest: Manifest) -> Iterator[str] | None:
    for folder, read in (("parquet/documents/", _parquet_ids), ("dolma/", _dolma_ids)):
        paths = [file.path for file in manifest.files if file.path.startswith(folder)]
        if paths:
            return (doc_id for path in paths for doc_id in _check_ids(read(dataset / path), dataset / path))
    return None if manifest.files else iter(())


def _ledger_ids(root: AnyPath) -> Iterator[str]:
    single = (path for path in root.glob("*.parquet") if path.name.startswith(LEDGER))
    # Not the records of parts in subfolders: the ledger names their documents itself.
    for path in (*single, *(root / LEDGER).glob("*.parquet")):
        yield from _check_ids(_parquet_ids(path), path)


def _run_ids(run: AnyPath) -> Iterator[str]:
    for path in (run / "found").glob("*.jsonl"):
        yield from _check_ids((json.loads(line)["doc_id"] for line in path.read_bytes().splitlines()), path)
    # A run can have documents that another run has found.
    for path in (run / "inspected").glob("*.jsonl"):
        yield from _check_ids((json.loads(line)["document"]["doc_id"] for line in path.read_bytes().splitlines()), path)


def _check_ids(ids: Iterator[Any], path: AnyPath) -> Iterator[str]:
    try:
        for doc_id in ids:
            if doc_id:
                int(doc_id[:16], 16)
                yield doc_id
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException, zstandard.ZstdError) as error:
        raise RunError(f"{path} does not tell its documents, so nothing is removed: {error}") from error


def _parquet_ids(path: AnyPath) -> Iterator[Any]:
    with path.open("rb") as stream, pq.ParquetFile(stream) as table:
        for batch in table.iter_batches(columns=["doc_id"]):
            yield from batch.column(0).to_pylist()


def _dolma_ids(path: AnyPath) -> Iterator[Any]:
    with path.open("rb") as stream:
        plain: Any = (
            io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(stream))
            if path.name.endswith(".zst")
            else gzip.GzipFile(fileobj=stream)
        )
        for line in plain:
            yield json.loads(line)["id"]
