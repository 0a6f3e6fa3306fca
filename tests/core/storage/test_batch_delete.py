"""Batch deletes with a real S3 API, and their errors."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from olmocr_core.domain.errors import StoreRefused, StoreUnavailable
from olmocr_core.storage.batch_delete import delete_objects
from olmocr_core.storage.paths import ObjectPath
from tests.s3 import Fault, Gateway


def fill(bucket: ObjectPath, gateway: Gateway, keys: Sequence[str]) -> None:
    for key in keys:
        bucket.store.write(bucket.bucket, key, b"x")
    gateway.requests.clear()


def left(bucket: ObjectPath) -> list[str]:
    return [path.key for path in bucket.rglob("*")]


def answer(**errors: str) -> Fault:
    """Answer that some keys were not deleted; the request does not reach the store."""
    told = "".join(
        f"<Error><Key>{key}</Key><Code>{code}</Code><Message>as the test wants it</Message></Error>"
        for key, code in errors.items()
    )
    return Fault(status=200, body=f'<?xml version="1.0"?><DeleteResult>{told}</DeleteResult>'.encode())


def test_a_thousand_objects_are_deleted_with_one_request(bucket: ObjectPath, gateway: Gateway) -> None:
    keys = [f"pages/{number:04d} <&> \u00e9.json" for number in range(1003)]
    fill(bucket, gateway, [*keys[::100], keys[-1], "stays"])
    delete_objects(bucket.store, bucket.bucket, keys)
    assert gateway.methods() == ["POST"] * 2
    assert left(bucket) == ["stays"]


def test_objects_that_are_not_deleted_are_named(bucket: ObjectPath, gateway: Gateway) -> None:
    fill(bucket, gateway, ["a"])
    gateway.faults.append(answer(**{f"k{number}": "AccessDenied" for number in range(7)}, b="SlowDown"))
    with pytest.raises(
        StoreRefused, match=rf"did not remove s3://{bucket.bucket}/k0 \(AccessDenied: .*/k4 .* and 2 more"
    ):
        delete_objects(bucket.store, bucket.bucket, ["a"])


def test_keys_that_a_busy_store_did_not_delete_are_retried(bucket: ObjectPath, gateway: Gateway) -> None:
    fill(bucket, gateway, ["a"])
    gateway.faults += [answer(a="InternalError"), Fault(503, "SlowDown"), answer(a="SlowDown")]
    delete_objects(bucket.store, bucket.bucket, ["a", "b"])
    assert gateway.methods() == ["POST"] * 4
    assert left(bucket) == []


def test_a_store_that_stays_busy_is_unavailable(bucket: ObjectPath, gateway: Gateway) -> None:
    gateway.faults += [answer(a="SlowDown")] * 4
    with pytest.raises(StoreUnavailable, match=r"did not remove s3://\S+/a \(SlowDown: .*run again later"):
        delete_objects(bucket.store, bucket.bucket, ["a"])
    assert gateway.methods() == ["POST"] * 4


@pytest.mark.parametrize("code", ["NotImplemented", "MissingContentMD5"])
def test_a_store_without_batch_delete_gets_single_requests(bucket: ObjectPath, gateway: Gateway, code: str) -> None:
    fill(bucket, gateway, ["a", "b", "c"])
    gateway.faults.append(Fault(400, code))
    delete_objects(bucket.store, bucket.bucket, ["a", "b"])
    assert gateway.methods() == ["POST", "DELETE", "DELETE"]
    assert left(bucket) == ["c"]


def test_other_refusals_are_raised(bucket: ObjectPath, gateway: Gateway) -> None:
    gateway.faults.append(Fault(403, "AccessDenied"))
    with pytest.raises(StoreRefused, match="does not allow delete_objects"):
        delete_objects(bucket.store, bucket.bucket, ["a"])
