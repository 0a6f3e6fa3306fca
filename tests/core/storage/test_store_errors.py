"""Errors of a real S3 API, and what this project makes of them."""

from __future__ import annotations

import time

import pytest

from olmocr_core.domain.errors import RunError, StoreRefused, StoreUnavailable
from olmocr_core.domain.settings import Store
from olmocr_core.storage.objects import ObjectStore
from olmocr_core.storage.paths import ObjectPath
from olmocr_core.storage.store_errors import is_retryable, is_unsupported_call, translate_errors
from tests.s3 import Fault, Gateway, settings_for


def test_a_missing_bucket_is_refused(gateway: Gateway) -> None:
    with pytest.raises(StoreRefused, match="no bucket 'nobody-made-this'"):
        ObjectPath(ObjectStore(settings_for(gateway)), "nobody-made-this", "a").read_bytes()


def test_access_denied_names_the_operation(bucket: ObjectPath, gateway: Gateway) -> None:
    gateway.faults.append(Fault(403, "AccessDenied"))
    with pytest.raises(StoreRefused, match="does not allow put_object"):
        (bucket / "a").write_bytes(b"")


@pytest.mark.parametrize("code", ["InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"])
def test_wrong_credentials_explain_where_credentials_come_from(bucket: ObjectPath, gateway: Gateway, code: str) -> None:
    gateway.faults.append(Fault(403, code))
    with pytest.raises(StoreRefused, match="AWS_ACCESS_KEY_ID"):
        (bucket / "a").read_bytes()


def test_no_credentials(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(StoreRefused, match="no credentials"):
        ObjectPath(ObjectStore(settings_for(gateway)), "some-bucket", "a").read_bytes()


def test_an_unknown_profile(credentials: None) -> None:
    with pytest.raises(StoreRefused, match="nobodys-profile"):
        ObjectPath(ObjectStore(Store(profile="nobodys-profile")), "some-bucket", "a").read_bytes()


def test_an_unreachable_store_is_unavailable(credentials: None) -> None:
    store = ObjectStore(Store(endpoint_url="http://127.0.0.1:9", max_attempts=1))
    began = time.monotonic()
    with pytest.raises(StoreUnavailable, match=r"http://127\.0\.0\.1:9 cannot be reached"):
        ObjectPath(store, "some-bucket", "a").read_bytes()
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("status", "code", "error", "words"),
    [
        (404, "NoSuchKey", FileNotFoundError, "does not exist"),
        (412, "PreconditionFailed", FileExistsError, "exists already"),
        (400, "IllegalLocationConstraintException", StoreRefused, "in another region"),
        (400, "EntityTooLarge", StoreRefused, "answers EntityTooLarge to put_object"),
        (503, "SlowDown", StoreUnavailable, "stays busy"),
    ],
)
def test_codes_become_errors_that_say_what_to_do(
    bucket: ObjectPath, gateway: Gateway, status: int, code: str, error: type[Exception], words: str
) -> None:
    gateway.faults += [Fault(status, code)] * 4
    with pytest.raises(error, match=words):
        (bucket / "a").write_bytes(b"")


def test_an_unsupported_call_is_recognised(bucket: ObjectPath, gateway: Gateway) -> None:
    for code, unsupported in (("NotImplemented", True), ("MethodNotAllowed", True), ("AccessDenied", False)):
        gateway.faults.append(Fault(405, code))
        with pytest.raises(StoreRefused) as raised:
            (bucket / "a").write_bytes(b"")
        assert is_unsupported_call(raised.value) is unsupported


@pytest.mark.parametrize(("code", "retryable"), [("SlowDown", True), ("InternalError", True), ("NoSuchKey", False)])
def test_retryable_codes(code: str, retryable: bool) -> None:
    assert is_retryable(code) is retryable


def test_errors_of_our_own_pass_unchanged() -> None:
    for error in (RunError("ours"), ZeroDivisionError()):
        with pytest.raises(type(error)) as raised, translate_errors("get_object", {}, Store()):
            raise error
        assert raised.value is error
