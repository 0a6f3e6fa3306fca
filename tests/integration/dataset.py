"""A published dataset, read back from the bucket as its readers would: through the manifest, with nothing of ours."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pyarrow.parquet as pq

from tests.integration.bucket import Bucket
from tests.integration.papers import Paper
from tests.integration.witness import Seen


@dataclass(frozen=True)
class Dataset:
    """What the manifest names."""

    manifest: dict[str, Any]
    dolma: list[dict[str, Any]]
    documents: list[dict[str, Any]]
    pages: list[dict[str, Any]]
    markdown: dict[str, str]


def read_dataset(bucket: Bucket, workspace: str) -> Dataset:
    """Read every file of the manifest. Raises AssertionError for one that is not what the manifest says."""
    folder = f"{workspace}/dataset"
    manifest = json.loads(bucket.read(f"{folder}/manifest.json"))
    files = {entry["path"]: bucket.read(f"{folder}/{entry['path']}") for entry in manifest["files"]}
    for entry in manifest["files"]:
        data = files[entry["path"]]
        assert (len(data), hashlib.sha256(data).hexdigest()) == (entry["bytes"], entry["sha256"]), entry["path"]

    def rows(prefix: str) -> list[dict[str, Any]]:
        found = [pq.read_table(io.BytesIO(data)) for path, data in files.items() if path.startswith(prefix)]
        return [row for table in found for row in table.to_pylist()]

    lines = [
        json.loads(line)
        for path, data in files.items()
        if path.startswith("dolma/")
        for line in gzip.decompress(data).splitlines()
    ]
    markdown = {path: data.decode() for path, data in files.items() if path.endswith(".md")}
    return Dataset(manifest, lines, rows("parquet/documents/"), rows("parquet/pages/"), markdown)


def page_texts(record: dict[str, Any]) -> list[str]:
    """The pages of a Dolma record, cut by its spans, which tile its text."""
    spans = record["attributes"]["pdf_page_numbers"]
    assert [begin for begin, _, _ in spans] == [0, *(end for _, end, _ in spans[:-1])]
    assert spans[-1][1] == len(record["text"])
    assert [number for _, _, number in spans] == list(range(1, len(spans) + 1))
    return [record["text"][begin:end].removesuffix("\n") for begin, end, _ in spans]


def images(bucket: Bucket, workspace: str, doc_id: str) -> list[str]:
    """The sha256 of a document's page images, in the order of its pages."""
    keys = [key for key in bucket.keys(f"{workspace}/images/{doc_id[:2]}/{doc_id}/") if key.endswith(".jpg")]
    return [hashlib.sha256(bucket.read(key)).hexdigest() for key in sorted(keys)]


def check(bucket: Bucket, workspace: str, papers: list[Paper], seen: Seen, *, turned: bool = False) -> Dataset:
    """Hold a dataset against the documents that came in and against what the model answered: all of it, once.

    ``seen`` may hold other pages as well. With ``turned`` some pages were read from an image that is not stored.
    """
    found = read_dataset(bucket, workspace)
    expected = {paper.doc_id: paper for paper in papers}
    assert len(expected) == len(papers)
    counts = found.manifest["counts"]
    assert counts["documents"] == counts["kept"] == len(papers), counts
    assert Counter(record["id"] for record in found.dolma) == Counter(expected.keys())
    assert Counter(row["doc_id"] for row in found.documents) == Counter(expected.keys())
    by_page = {(row["doc_id"], row["page_number"]): row["text"] for row in found.pages}
    assert len(by_page) == len(found.pages) == sum(paper.pages for paper in papers)
    for record in found.dolma:
        texts = page_texts(record)
        drawn = images(bucket, workspace, record["id"])
        assert len(texts) == len(drawn) == expected[record["id"]].pages
        answers = [seen.texts.get(digest) for digest in drawn]
        assert texts == answers or (turned and set(texts) <= set(seen.texts.values()))
        assert texts == [by_page[record["id"], number] for number in range(1, len(texts) + 1)]
    assert len(set(by_page.values())) == len(by_page)
    assert len(found.markdown) == len(papers)
    for paper in papers:
        text = markdown(found, paper)
        assert all(by_page[paper.doc_id, number] in text for number in range(1, paper.pages + 1))
    return found


def markdown(found: Dataset, paper: Paper) -> str:
    """A document's Markdown; another edition of it has a name of its own, so that no reader sees half of a night."""
    stem = re.escape(f"markdown/{paper.name.removesuffix('.pdf')}")
    texts = [text for path, text in found.markdown.items() if re.fullmatch(stem + r"(\.[0-9a-f]{16})?\.md", path)]
    assert len(texts) == 1, paper.name
    return texts[0]
