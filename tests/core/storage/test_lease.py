"""Leases with a real S3 API."""

from __future__ import annotations

import json
import os
import socket
import threading

import pytest

from olmocr_core.domain.errors import RunError
from olmocr_core.storage.lease import hold_lease, holds_lease
from olmocr_core.storage.paths import ObjectPath
from tests.s3 import Fault, Gateway

SECONDS = 2.0


def left_behind(path: ObjectPath, **who: object) -> None:
    path.write_text(json.dumps({"token": "other", "host": "elsewhere", "pid": 1, "beat": 0} | who))


def test_a_lease_is_held_within_its_block_only(bucket: ObjectPath) -> None:
    lock = bucket / ".lock"
    with hold_lease(lock, "it") as token:
        assert holds_lease(lock, token)
    assert not lock.is_file()


def test_a_second_lease_is_refused_while_the_first_is_renewed(bucket: ObjectPath) -> None:
    inside, done = threading.Event(), threading.Event()

    def first() -> None:
        with hold_lease(bucket / ".lock", "it", SECONDS):
            inside.set()
            done.wait(60)

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(30)
    try:
        with (
            pytest.raises(RunError, match="another process is publishing to it"),
            hold_lease(bucket / ".lock", "it", 30),
        ):
            pytest.fail("two publishers at once")
    finally:
        done.set()
        thread.join()


def test_a_lease_that_is_not_renewed_is_taken_over(bucket: ObjectPath) -> None:
    left_behind(bucket / ".lock")
    with hold_lease(bucket / ".lock", "it", SECONDS) as token:
        assert holds_lease(bucket / ".lock", token)


def test_a_lease_of_a_dead_local_process_is_taken_over_at_once(bucket: ObjectPath) -> None:
    child = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(child, 0)
    left_behind(bucket / ".lock", host=socket.gethostname(), pid=child)
    with hold_lease(bucket / ".lock", "it", seconds=100):
        pass


@pytest.mark.parametrize("junk", ["", "[1]", "not JSON"])
def test_an_invalid_lock_object_is_replaced(bucket: ObjectPath, junk: str) -> None:
    (bucket / ".lock").write_text(junk)
    with hold_lease(bucket / ".lock", "it", 0.3):
        pass


def test_a_store_without_conditional_writes_is_supported(bucket: ObjectPath, gateway: Gateway) -> None:
    gateway.faults.append(Fault(501, "NotImplemented"))
    with hold_lease(bucket / ".lock", "it") as token:
        assert holds_lease(bucket / ".lock", token)
