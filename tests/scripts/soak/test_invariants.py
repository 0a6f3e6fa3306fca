"""Each invariant is broken by hand, and named."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scripts.soak.compare import find_differences
from scripts.soak.corpus import Item, make_item
from scripts.soak.invariants import find_broken
from scripts.soak.sources import Journal

PLACE = "/in/a.pdf"


@dataclass
class Memory:
    """A workspace in memory, made of rows that a test may spoil before it is written."""

    item: Item = field(default_factory=lambda: make_item(1))
    counts: dict[str, int] = field(default_factory=lambda: {"documents": 1, "kept": 1, "failed": 0})
    documents: list[dict[str, Any]] = field(default_factory=list)
    pages: list[dict[str, Any]] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    ledger: list[dict[str, Any]] = field(default_factory=list)
    cached: list[int] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (document,) = self.item.documents
        one = {"doc_id": document.doc_id, "status": "kept", "reasons": [""], "source": PLACE, "sources": [PLACE]}
        text, numbers = "\n".join(document.pages), range(1, len(document.pages) + 1)
        whole = {
            "kind": "pdf",
            "page_count": len(numbers),
            "ok_pages": len(numbers),
            "blank_pages": 0,
            "failed_pages": 0,
        }
        self.documents = [{**one, **whole, "text": text}]
        self.pages = [
            {"doc_id": document.doc_id, "page_number": number, "text": document.pages[number - 1]} for number in numbers
        ]
        first = len(document.pages[0]) + 1
        spans = [[0, first, 1], [first, len(text), 2]]
        self.records = [
            {"id": document.doc_id, "text": text, "attributes": {"pdf_page_numbers": spans}, "metadata": {}}
        ]
        self.ledger = [{"uri": PLACE, "source": PLACE, "status": "present", "doc_id": document.doc_id}]
        self.cached = list(numbers)

    def write(self, workspace: str) -> None:
        (document,) = self.item.documents
        data = {
            "parquet/documents/a.parquet": _parquet(self.documents),
            "parquet/pages/a.parquet": _parquet(self.pages),
            "dolma/a.jsonl.gz": gzip.compress("\n".join(map(json.dumps, self.records)).encode()),
            "markdown/a.md": "\n\n".join(row["text"] for row in self.pages).encode(),
        }
        entries = [
            {"path": path, "bytes": len(one), "sha256": hashlib.sha256(one).hexdigest()} for path, one in data.items()
        ]
        manifest = json.dumps({"counts": self.counts, "files": entries}).encode()
        self.files |= {f"{workspace}/dataset/{path}": one for path, one in data.items()}
        self.files[f"{workspace}/dataset/manifest.json"] = manifest
        self.files[f"{workspace}/ledger/ledger.parquet"] = _parquet(self.ledger)
        for index, number in enumerate(self.cached):
            key = f"{workspace}/pages/aa/{document.doc_id}/recipe-{index}/{number:06d}.json"
            self.files[key] = b"{}"

    def keys(self, prefix: str) -> Iterator[str]:
        return (key for key in list(self.files) if key.startswith(prefix))

    def read(self, key: str) -> bytes:
        return self.files[key]


def _parquet(rows: list[dict[str, Any]]) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), file)
    return file.getvalue()


def journal() -> Journal:
    found = Journal()
    found.put(PLACE, make_item(1))
    return found


def broken_by(spoil: Callable[[Memory], object]) -> list[str]:
    memory = Memory()
    spoil(memory)
    memory.write("ws")
    return find_broken(journal(), memory, "ws")


def test_a_whole_workspace_breaks_nothing() -> None:
    assert broken_by(lambda memory: None) == []


def stranger(memory: Memory) -> None:
    memory.documents.append({**memory.documents[0], "doc_id": "f" * 64})


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda memory: memory.counts.update(kept=2), "the manifest counts"),
        (lambda memory: memory.records.append(memory.records[0]), "Dolma and the table"),
        (lambda memory: memory.documents.append(memory.documents[0]), "its document has 2 rows"),
        (lambda memory: memory.documents[0].update(status="failed"), "failed instead of kept"),
        (lambda memory: memory.documents[0].update(sources=["/in/b.pdf"]), "does not name it"),
        (stranger, "of an earlier edition, or of nowhere"),
        (lambda memory: memory.cached.append(1), "the page cache holds [1, 1, 2] instead of [1, 2]"),
        (lambda memory: memory.cached.pop(), "the page cache holds [1] instead of [1, 2]"),
        (lambda memory: memory.pages.pop(), "the table of pages holds [1]"),
        (lambda memory: memory.pages.append(memory.pages[0]), "the table of pages holds [1, 1, 2]"),
        (lambda memory: memory.pages[0].update(text="other"), "other texts than the model gave"),
        (lambda memory: memory.pages[0].update(text="other"), "no Markdown file holds its pages"),
        (lambda memory: memory.records[0].update(text="short"), "do not tile"),
        (
            lambda memory: memory.records[0].update(text=memory.records[0]["text"].replace("Page", "page")),
            "not that of its pages",
        ),
        (lambda memory: memory.ledger.append(memory.ledger[0]), "2 present rows"),
        (
            lambda memory: memory.ledger.append({**memory.ledger[0], "uri": "/in/b"}),
            "present in the ledger, and not there",
        ),
        (lambda memory: memory.ledger[0].update(doc_id="f" * 64), "names another document"),
        (lambda memory: memory.files.update({"ws/dataset/dolma/old": b""}), "the manifest does not name it"),
    ],
)
def test_what_is_broken_is_named(spoil: Callable[[Memory], object], words: str) -> None:
    assert any(words in line for line in broken_by(spoil)), broken_by(spoil)


def test_a_file_that_is_gone_or_other_than_its_manifest_says() -> None:
    memory = Memory()
    assert find_broken(journal(), memory, "ws") == ["there is no manifest"]
    memory.write("ws")
    memory.files["ws/dataset/markdown/a.md"] += b"more"
    assert find_broken(journal(), memory, "ws") == ["markdown/a.md is not what the manifest says"]
    del memory.files["ws/dataset/markdown/a.md"]
    assert find_broken(journal(), memory, "ws") == ["the manifest names markdown/a.md, which is not there"]


def test_datasets_that_differ() -> None:
    memory = Memory()
    memory.write("ws")
    memory.write("calm")
    assert find_differences(memory, "ws", "calm", [PLACE]) == []
    memory.documents[0]["ok_pages"] = 1
    memory.write("calm")
    assert "ok_pages: 2 instead of 1" in find_differences(memory, "ws", "calm", [PLACE])[0]
