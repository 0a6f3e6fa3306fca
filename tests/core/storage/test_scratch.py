"""Local copies: by content, bounded, checked, and there again when they are gone."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from olmocr_core.domain.errors import DocumentChanged
from olmocr_core.domain.identity import bytes_digest
from olmocr_core.domain.models import Document, Source
from olmocr_core.domain.settings import Storage
from olmocr_core.storage.fetch import Fetcher
from olmocr_core.storage.paths import ObjectPath
from olmocr_core.storage.scratch import ScratchFolder
from tests.s3 import Gateway, settings_for

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


def test_a_copy_is_found_by_identity_and_size(tmp_path: Path) -> None:
    scratch = ScratchFolder(tmp_path, 1 << 30)
    doc_id = put(scratch, DATA)
    found = scratch.get(doc_id, len(DATA))
    assert found is not None
    assert found.read_bytes() == DATA
    assert scratch.get(doc_id, 3) is None
    assert kept(scratch) == {doc_id}
    with pytest.raises(ValueError, match="not a document id"):
        scratch.path("../" * 21 + "x")


def test_being_used_does_not_change_the_time_that_workers_check(tmp_path: Path) -> None:
    scratch = ScratchFolder(tmp_path, 1 << 30)
    path = scratch.path(put(scratch, DATA))
    os.utime(path, (1, 1))
    scratch.get(path.name, len(DATA))
    assert path.stat().st_mtime == 1
    assert path.stat().st_atime > 1


def test_what_was_used_longest_ago_goes_first_and_what_is_in_use_stays(tmp_path: Path) -> None:
    scratch = ScratchFolder(tmp_path, 250, young_seconds=60)
    old, older, young = (put(scratch, bytes([number]) * 100) for number in range(3))
    for doc_id, age in ((old, 100), (older, 200)):
        os.utime(scratch.path(doc_id), (time.time() - age, 1))
    scratch.trim()
    assert kept(scratch) == {old, young}
    ScratchFolder(tmp_path, 50, young_seconds=60).trim()
    assert kept(scratch) == {young}, "too large a file is still there for the worker that waits for it"


def test_what_a_killed_process_left_goes_after_a_day(tmp_path: Path) -> None:
    half = tmp_path / ".incoming-x.tmp"
    half.write_bytes(b"half")
    ScratchFolder(tmp_path, 1 << 30).trim()
    assert half.exists()
    os.utime(half, (1, 1))
    ScratchFolder(tmp_path, 1 << 30).trim()
    assert not half.exists()


@pytest.fixture
def fetcher(gateway: Gateway, tmp_path: Path) -> Fetcher:
    return Fetcher(
        Storage(source=settings_for(gateway)), tmp_path / "inputs", ScratchFolder(tmp_path / "scratch", 1 << 30)
    )


def listed(place: ObjectPath, data: bytes = DATA) -> Document:
    source = Source(uri=str(place), name=place.name)
    return Document(
        doc_id=bytes_digest(data), kind="pdf", location=str(place), size_bytes=len(data), mtime_ns=0, sources=(source,)
    )


async def test_a_document_is_fetched_once_and_workers_get_a_local_file(
    bucket: ObjectPath, gateway: Gateway, fetcher: Fetcher
) -> None:
    (bucket / "a.pdf").write_bytes(DATA)
    gateway.requests.clear()
    local = await fetcher.fetch_async(listed(bucket / "a.pdf"))
    assert Path(local.location).read_bytes() == DATA
    assert local.mtime_ns == Path(local.location).stat().st_mtime_ns
    assert await fetcher.fetch_async(listed(bucket / "a.pdf")) == local
    assert gateway.methods() == ["GET"]


async def test_a_document_that_changed_or_went_is_said_to_have(bucket: ObjectPath, fetcher: Fetcher) -> None:
    (bucket / "a.pdf").write_bytes(DATA[::-1])
    with pytest.raises(DocumentChanged, match="has changed since it was listed"):
        await fetcher.fetch_async(listed(bucket / "a.pdf"))
    with pytest.raises(DocumentChanged, match="was deleted since it was listed"):
        await fetcher.fetch_async(listed(bucket / "gone.pdf"))
    assert kept(fetcher.scratch) == set()


async def test_a_local_document_stays_as_it_is(tmp_path: Path, fetcher: Fetcher) -> None:
    document = listed(ObjectPath(fetcher.find_store("s3://some-bucket/a"), "some-bucket", "a"))
    here = document.model_copy(update={"location": str(tmp_path / "a.pdf")})
    assert await fetcher.fetch_async(here) is here
