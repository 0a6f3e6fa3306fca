"""Local copies of documents."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from olmocr_core.domain.identity import bytes_digest
from olmocr_core.storage.scratch import ScratchFolder

DATA = b"%PDF-1.4 some bytes"


def put(scratch: ScratchFolder, data: bytes) -> str:
    doc_id = bytes_digest(data)
    with scratch.incoming() as (path, stream):
        stream.write(data)
        stream.flush()
        scratch.keep(path, doc_id)
    return doc_id


def kept(scratch: ScratchFolder) -> set[str]:
    return {path.name for path in scratch.folder.rglob("*") if path.is_file()}


def test_a_copy_is_found_by_id_and_size(tmp_path: Path) -> None:
    scratch = ScratchFolder(tmp_path, 1 << 30)
    doc_id = put(scratch, DATA)
    found = scratch.get(doc_id, len(DATA))
    assert found is not None
    assert found.read_bytes() == DATA
    assert scratch.get(doc_id, 3) is None
    assert kept(scratch) == {doc_id}
    with pytest.raises(ValueError, match="not a document id"):
        scratch.path("../" * 21 + "x")


def test_use_does_not_change_the_modification_time(tmp_path: Path) -> None:
    scratch = ScratchFolder(tmp_path, 1 << 30)
    path = scratch.path(put(scratch, DATA))
    os.utime(path, (1, 1))
    scratch.get(path.name, len(DATA))
    assert path.stat().st_mtime == 1
    assert path.stat().st_atime > 1


def test_the_least_recently_used_copies_are_deleted_first(tmp_path: Path) -> None:
    scratch = ScratchFolder(tmp_path, 250, young_seconds=60)
    old, older, young = (put(scratch, bytes([number]) * 100) for number in range(3))
    for doc_id, age in ((old, 100), (older, 200)):
        os.utime(scratch.path(doc_id), (time.time() - age, 1))
    scratch.trim()
    assert kept(scratch) == {old, young}
    ScratchFolder(tmp_path, 50, young_seconds=60).trim()
    assert kept(scratch) == {young}, "too large a file is still there for the worker that waits for it"


def test_incomplete_files_are_deleted_after_a_day(tmp_path: Path) -> None:
    half = tmp_path / ".incoming-x.tmp"
    half.write_bytes(b"half")
    ScratchFolder(tmp_path, 1 << 30).trim()
    assert half.exists()
    os.utime(half, (1, 1))
    ScratchFolder(tmp_path, 1 << 30).trim()
    assert not half.exists()
