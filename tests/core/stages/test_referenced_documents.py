from __future__ import annotations

import gzip
import json
import shutil
import time
from pathlib import Path

import pytest
import zstandard

from olmocr_core.documents.counts import DocumentCounts
from olmocr_core.documents.retention import DAY, RetentionRules
from olmocr_core.domain.errors import RunError
from olmocr_core.publish.manifest import Manifest, PublishedFile
from olmocr_core.stages.gc import maintain
from olmocr_core.stages.referenced_documents import find_referenced_documents
from olmocr_core.storage.runs import Workspace
from tests.core.stages.nights import night, write


async def test_the_pages_of_what_the_ledger_names_are_kept(samples: Path, tmp_path: Path) -> None:
    inbox, workspace = tmp_path / "in", tmp_path / "ws"
    write(inbox / "a.pdf", samples, "a")
    await night([inbox], workspace, "n1")
    (inbox / "a.pdf").unlink()
    await night([inbox], workspace, "n2")
    shutil.rmtree(workspace / "dataset")
    shutil.rmtree(workspace / "runs")
    rules = RetentionRules(page_days=0, image_days=0)
    later = time.time() + 30 * DAY
    assert maintain(str(workspace), rules, False, lambda: later).documents_named == 1
    assert len(list((workspace / "pages").rglob("0*.json"))) == 2


ONE, OTHER, THIRD = (letter * 64 for letter in "123")


def put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def lines(*values: object) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def manifest(workspace: Path, *paths: str) -> None:
    files = tuple(PublishedFile(path=path, records=1, bytes=1, sha256="") for path in paths)
    made = Manifest(created="2026", counts=DocumentCounts(), files=files)
    put(workspace / "dataset/manifest.json", made.to_bytes())


def test_an_empty_workspace_names_nothing_for_certain(tmp_path: Path) -> None:
    found = find_referenced_documents(Workspace(tmp_path), [])
    assert (len(found.anywhere), found.certain) == (0, True)


def test_a_run_that_is_not_finished_names_its_documents_as_such(tmp_path: Path) -> None:
    for run, doc_id in (("done", ONE), ("open", OTHER)):
        put(tmp_path / "runs" / run / "found/00000.jsonl", lines({"doc_id": doc_id}))
    put(tmp_path / "runs/open/inspected/00000.jsonl", lines({"document": {"doc_id": THIRD}}))
    put(tmp_path / "runs/done/judged.jsonl", b"")
    found = find_referenced_documents(Workspace(tmp_path), [tmp_path / "runs/done", tmp_path / "runs/open"])
    assert [(one in found.anywhere, one in found.unfinished) for one in (ONE, OTHER, THIRD)] == [
        (True, False),
        (True, True),
        (True, True),
    ]


@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_dolma_files_name_their_documents(tmp_path: Path, suffix: str) -> None:
    packed = gzip.compress(lines({"id": ONE})) if suffix == "gz" else zstandard.compress(lines({"id": ONE}))
    manifest(tmp_path, f"dolma/part-0.jsonl.{suffix}")
    put(tmp_path / f"dataset/dolma/part-0.jsonl.{suffix}", packed)
    found = find_referenced_documents(Workspace(tmp_path), [])
    assert ONE in found.anywhere
    assert found.certain


def test_markdown_alone_names_no_documents(tmp_path: Path) -> None:
    manifest(tmp_path, "markdown/a.md")
    assert not find_referenced_documents(Workspace(tmp_path), []).certain


@pytest.mark.parametrize("data", [b"no json\n", lines({"id": ONE}), lines({"doc_id": "../etc"}), lines([1])])
def test_a_list_that_cannot_be_read_stops_everything(tmp_path: Path, data: bytes) -> None:
    put(tmp_path / "runs/r/found/00000.jsonl", data)
    with pytest.raises(RunError, match=r"00000\.jsonl does not tell its documents, so nothing is removed"):
        find_referenced_documents(Workspace(tmp_path), [tmp_path / "runs/r"])
