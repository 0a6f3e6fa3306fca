"""Documents from a real S3 API as local files."""

from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.domain.errors import DocumentChanged, SourceAway
from olmocr_core.domain.identity import bytes_digest
from olmocr_core.domain.models import Document, Source
from olmocr_core.domain.settings import Storage
from olmocr_core.storage.fetch import Fetcher
from olmocr_core.storage.paths import ObjectPath
from olmocr_core.storage.scratch import ScratchFolder
from tests.s3 import Gateway, settings_for

DATA = b"%PDF-1.4 some bytes"


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


async def test_a_changed_document_is_told_from_one_that_is_gone(bucket: ObjectPath, fetcher: Fetcher) -> None:
    (bucket / "a.pdf").write_bytes(DATA[::-1])
    with pytest.raises(DocumentChanged, match="has changed since it was listed"):
        await fetcher.fetch_async(listed(bucket / "a.pdf"))
    with pytest.raises(SourceAway, match="was deleted since it was listed"):
        await fetcher.fetch_async(listed(bucket / "gone.pdf"))
    assert [path for path in fetcher.scratch.folder.rglob("*") if path.is_file()] == []


async def test_a_local_document_is_not_fetched(tmp_path: Path, fetcher: Fetcher) -> None:
    document = listed(ObjectPath(fetcher.find_store("s3://some-bucket/a"), "some-bucket", "a"))
    here = document.model_copy(update={"location": str(tmp_path / "a.pdf")})
    assert await fetcher.fetch_async(here) is here


def test_the_head_of_an_object_is_one_request(bucket: ObjectPath, gateway: Gateway, fetcher: Fetcher) -> None:
    (bucket / "a.pdf").write_bytes(DATA)
    gateway.requests.clear()
    assert fetcher.read_head(str(bucket / "a.pdf"), 5) == b"%PDF-"
    assert gateway.methods() == ["GET"]


def test_a_download_lasts_for_its_block(bucket: ObjectPath, fetcher: Fetcher) -> None:
    (bucket / "a.pdf").write_bytes(DATA)
    with fetcher.download(str(bucket / "a.pdf")) as (path, doc_id, info):
        assert path.read_bytes() == DATA
        assert (doc_id, info.size) == (bytes_digest(DATA), len(DATA))
    assert not path.exists()


def test_members_of_the_inputs_come_from_the_store_of_the_workspace(
    bucket: ObjectPath, gateway: Gateway, tmp_path: Path
) -> None:
    fetcher = Fetcher(Storage(source=settings_for(gateway, part_mb=5)), bucket / "inputs", ScratchFolder(tmp_path, 1))
    assert fetcher.find_store(str(bucket / "inputs" / "aa" / "x.pdf")) is bucket.store
    assert fetcher.find_store(str(bucket / "inputs-of-others" / "x.pdf")) is not bucket.store
