"""The object store with a real S3 API: the number of requests, faults and errors."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from olmocr_core.domain.errors import StoreUnavailable
from olmocr_core.storage.objects import ObjectStore
from olmocr_core.storage.paths import ObjectPath
from tests.s3 import Fault, Gateway, settings_for


def again(bucket: ObjectPath, gateway: Gateway, **more: object) -> ObjectStore:
    return ObjectStore(settings_for(gateway, **more))


def test_each_operation_is_one_request(bucket: ObjectPath, gateway: Gateway) -> None:
    place = bucket / "pages" / "a.json"
    place.write_bytes(b"one")
    assert place.read_bytes() == b"one"
    assert list((bucket / "pages").sizes()) == [("a.json", 3)]
    with pytest.raises(FileNotFoundError, match=r"s3://.*nope does not exist"):
        (bucket / "nope").read_bytes()
    place.unlink()
    assert gateway.methods() == ["PUT", "GET", "GET", "GET", "DELETE"]


@pytest.mark.parametrize("fault", [Fault(503, "SlowDown"), Fault(500, "InternalError"), Fault(429, "TooManyRequests")])
def test_throttled_requests_are_retried(bucket: ObjectPath, gateway: Gateway, fault: Fault) -> None:
    gateway.faults += [fault, fault]
    (bucket / "a").write_bytes(b"one")
    assert gateway.methods() == ["PUT"] * 3
    assert (bucket / "a").read_bytes() == b"one"


def test_a_store_that_stays_busy_is_unavailable(bucket: ObjectPath, gateway: Gateway) -> None:
    gateway.faults += [Fault()] * 4
    with pytest.raises(StoreUnavailable, match=r"stays busy \(SlowDown\)"):
        (bucket / "a").write_bytes(b"one")
    assert len(gateway.requests) == 4


def test_a_broken_download_is_resumed(bucket: ObjectPath, gateway: Gateway) -> None:
    data = os.urandom(300_000)
    (bucket / "a").write_bytes(data)
    gateway.faults += [Fault(cut_after=100_000), Fault(cut_after=50_000)]
    sink = io.BytesIO()
    bucket.store.download(bucket.bucket, "a", sink)
    assert sink.getvalue() == data
    assert gateway.methods() == ["PUT", "GET", "GET", "GET"]


def test_a_download_never_mixes_two_versions(bucket: ObjectPath, gateway: Gateway) -> None:
    (bucket / "a").write_bytes(b"1" * 300_000)
    gateway.faults.append(Fault(cut_after=100_000))

    sink = io.BytesIO()
    _, complete = bucket.store._stream(bucket.bucket, "a", sink, {})
    assert not complete
    etag = (bucket / "a").stat().etag
    (bucket / "a").write_bytes(b"2" * 300_000)
    with pytest.raises(FileNotFoundError, match="was replaced"):
        bucket.store._stream(bucket.bucket, "a", sink, {"Range": f"bytes={sink.tell()}-", "IfMatch": f'"{etag}"'})


def test_large_files_are_uploaded_in_parts_and_visible_when_complete(
    bucket: ObjectPath, gateway: Gateway, tmp_path: Path
) -> None:
    store = again(bucket, gateway, part_mb=5, max_attempts=1)
    file = tmp_path / "big"
    file.write_bytes(os.urandom(11 << 20))
    store.upload(bucket.bucket, "big", file)
    assert (bucket / "big").read_bytes() == file.read_bytes()
    assert gateway.methods()[:5] == ["POST", "PUT", "PUT", "PUT", "POST"]
    gateway.requests.clear()
    gateway.faults += [Fault(cut_after=10_000), Fault()]
    with pytest.raises(StoreUnavailable):
        store.upload(bucket.bucket, "broken", file)
    assert gateway.methods()[-1] == "DELETE", "what was begun is taken back: parts cost money"
    assert not (bucket / "broken").is_file()


def test_a_listing_is_read_page_by_page(bucket: ObjectPath, gateway: Gateway) -> None:
    for number in range(7):
        (bucket / f"k{number}").write_bytes(b"")
    gateway.requests.clear()
    pages = bucket.store.list_pages(bucket.bucket, "")
    assert [found.key for found in next(pages).objects] == [f"k{number}" for number in range(7)]
    assert len(gateway.requests) == 1
