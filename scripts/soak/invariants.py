"""Checks a workspace against what lay in its sources: every broken invariant as a sentence. Nothing of ours reads for it."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow.parquet as pq

from scripts.soak.corpus import Document
from scripts.soak.sources import Journal

Row = dict[str, Any]
PUBLISHED = ("kept", "partial")


class Files(Protocol):
    """A folder or a bucket: keys are relative to it."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Every key that begins so."""
        ...

    def read(self, key: str) -> bytes:
        """The bytes under a key."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """What a workspace holds. ``records`` has the Dolma lines, ``cached`` the page numbers of the cache by document."""

    counts: Mapping[str, int]
    records: list[Row]
    documents: list[Row]
    pages: list[Row]
    markdown: dict[str, str]
    ledger: list[Row]
    cached: Mapping[str, list[int]]


def find_broken(journal: Journal, files: Files, workspace: str) -> list[str]:
    """Every broken invariant of a workspace in which nothing runs; empty where all hold."""
    broken, found = read_workspace(files, workspace)
    if found is None:
        return broken
    return [
        *broken,
        *_counts(found),
        *_documents(journal, found),
        *(line for document in journal.documents().values() for line in _pages(document, found)),
        *_ledger(journal, found),
    ]


def read_workspace(files: Files, workspace: str) -> tuple[list[str], Found | None]:
    """The content of a workspace, and what is wrong with its files; None without a manifest that can be followed."""
    folder = f"{workspace}/dataset/"
    there = set(files.keys(folder))
    if f"{folder}manifest.json" not in there:
        return ["there is no manifest"], None
    manifest = json.loads(files.read(f"{folder}manifest.json"))
    named = {entry["path"]: entry for entry in manifest["files"]}
    missing = sorted(path for path in named if folder + path not in there)
    if missing:
        return [f"the manifest names {path}, which is not there" for path in missing], None
    data = {path: files.read(folder + path) for path in named}
    broken = [
        f"{path} is not what the manifest says"
        for path, entry in named.items()
        if (len(data[path]), hashlib.sha256(data[path]).hexdigest()) != (entry["bytes"], entry["sha256"])
    ]
    extra = sorted(there - {folder + path for path in named} - {f"{folder}manifest.json"})
    broken += [f"{key} lies in the dataset, and the manifest does not name it" for key in extra]
    found = Found(
        counts=manifest["counts"],
        records=[json.loads(line) for line in _lines(data)],
        documents=_rows(data, "parquet/documents/"),
        pages=_rows(data, "parquet/pages/"),
        markdown={path: text.decode() for path, text in data.items() if path.endswith(".md")},
        ledger=_table(files.read(f"{workspace}/ledger/ledger.parquet")),
        cached=_cached(files, f"{workspace}/pages/"),
    )
    return broken, found


def _counts(found: Found) -> Iterator[str]:
    statuses = Counter(row["status"] for row in found.documents)
    told = {name: count for name, count in found.counts.items() if name != "documents" and count}
    if told != statuses or found.counts["documents"] != len(found.documents):
        yield f"the manifest counts {dict(found.counts)}, the dataset holds {dict(statuses)}"
    published = Counter(row["doc_id"] for row in found.documents if row["status"] in PUBLISHED)
    if Counter(record["id"] for record in found.records) != published:
        yield "Dolma and the table of documents hold other documents"


def _documents(journal: Journal, found: Found) -> Iterator[str]:
    times = Counter(row["doc_id"] for row in found.documents)
    by_id = {row["doc_id"]: row for row in found.documents}
    expected, may_stay = journal.documents(), journal.may_stay()
    for doc_id, document in expected.items():
        where = sorted(journal.places(doc_id))
        if times[doc_id] != 1:
            yield f"{where[0]}: its document has {times[doc_id]} rows"
        elif by_id[doc_id]["status"] != document.status:
            row = by_id[doc_id]
            yield f"{where[0]}: {row['status']} instead of {document.status}: {row['reasons']}"
        else:
            held = {source.split("::")[0] for source in by_id[doc_id]["sources"]}
            yield from (f"{place}: its document does not name it" for place in where if place not in held)
    for doc_id in times.keys() - expected.keys() - may_stay.keys():
        yield f"{by_id[doc_id]['source']}: a document of an earlier edition, or of nowhere, is in the dataset"


def _pages(document: Document, found: Found) -> Iterator[str]:
    """One record a page in cache, table, text and Markdown, with the text that the page has."""
    numbers = list(range(1, len(document.pages) + 1))
    short = document.doc_id[:12]
    if sorted(found.cached.get(document.doc_id, [])) != numbers:
        yield f"{short}: the page cache holds {sorted(found.cached.get(document.doc_id, []))} instead of {numbers}"
    rows = sorted((row for row in found.pages if row["doc_id"] == document.doc_id), key=lambda row: row["page_number"])
    if [row["page_number"] for row in rows] != numbers:
        yield f"{short}: the table of pages holds {[row['page_number'] for row in rows]} instead of {numbers}"
    if document.status != "kept":
        return
    if [row["text"] for row in rows] != list(document.pages):
        yield f"{short}: pages have other texts than the model gave"
    for record in (record for record in found.records if record["id"] == document.doc_id):
        yield from _spans(document, record)
    if not any(all(page in text for page in document.pages) for text in found.markdown.values()):
        yield f"{short}: no Markdown file holds its pages"


def _spans(document: Document, record: Row) -> Iterator[str]:
    spans = record["attributes"]["pdf_page_numbers"]
    ends = [0, *(end for _, end, _ in spans)]
    if [begin for begin, _, _ in spans] != ends[:-1] or ends[-1] != len(record["text"]):
        yield f"{document.doc_id[:12]}: its spans do not tile its text"
    elif [record["text"][begin:end].removesuffix("\n") for begin, end, _ in spans] != list(document.pages):
        yield f"{document.doc_id[:12]}: its text is not that of its pages in their order"


def _ledger(journal: Journal, found: Found) -> Iterator[str]:
    present = Counter(row["uri"] for row in found.ledger if row["status"] == "present")
    for place, item in journal.present.items():
        if present[place] != max(1, len(item.documents)):
            yield f"{place}: {present[place]} present rows of the ledger"
    yield from (f"{uri}: present in the ledger, and not there" for uri in present.keys() - journal.present.keys())
    for row in found.ledger:
        ids = {one.doc_id for one in journal.present[row["uri"]].documents} if row["uri"] in journal.present else set()
        if row["status"] == "present" and ids and row["doc_id"] not in ids:
            yield f"{row['source']}: the ledger names another document"


def _lines(data: Mapping[str, bytes]) -> Iterator[bytes]:
    for path, packed in data.items():
        if path.startswith("dolma/"):
            yield from gzip.decompress(packed).splitlines()


def _rows(data: Mapping[str, bytes], prefix: str) -> list[Row]:
    return [row for path, packed in data.items() if path.startswith(prefix) for row in _table(packed)]


def _table(data: bytes) -> list[Row]:
    rows: list[Row] = pq.read_table(io.BytesIO(data)).to_pylist()
    return rows


def _cached(files: Files, prefix: str) -> dict[str, list[int]]:
    """Page numbers by document: ``<aa>/<doc_id>/<recipe>/<page>.json``."""
    found: dict[str, list[int]] = {}
    for key in files.keys(prefix):
        parts = key.removeprefix(prefix).split("/")
        if parts[-1].removesuffix(".json").isdecimal():
            found.setdefault(parts[1], []).append(int(parts[-1].removesuffix(".json")))
    return found
