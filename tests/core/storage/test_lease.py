"""Leases with a real S3 API."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from olmocr_core.domain.errors import RunError
from olmocr_core.storage.lease import hold_lease, holds_lease
from olmocr_core.storage.life_mark import PREFIX
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


def kill_holder(bucket: ObjectPath) -> None:
    """Let a process take the lease and kill itself."""
    settings = bucket.store.settings.model_dump_json()
    script = f"""if True:
        import os, signal
        from olmocr_core.domain.settings import Store
        from olmocr_core.storage.lease import hold_lease
        from olmocr_core.storage.objects import ObjectStore
        from olmocr_core.storage.paths import ObjectPath
        place = ObjectPath(ObjectStore(Store.model_validate_json({settings!r})), {bucket.bucket!r}, {bucket.key!r})
        with hold_lease(place / ".lock", "it"):
            os.kill(os.getpid(), signal.SIGKILL)
    """
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -signal.SIGKILL


def test_a_lease_of_a_process_that_was_killed_here_is_taken_over_at_once(
    bucket: ObjectPath, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    kill_holder(bucket)
    assert (bucket / ".lock").is_file()
    # Long ago for the folders of other killed processes, which the next one removes.
    for folder in tmp_path.glob(f"{PREFIX}*"):
        os.utime(folder, (time.time() - 3600,) * 2)
    with hold_lease(bucket / ".other", "another", seconds=1000):
        pass
    with hold_lease(bucket / ".lock", "it", seconds=1000):
        pass


def test_without_proof_a_lease_of_a_killed_process_is_taken_over_after_its_silence(
    bucket: ObjectPath, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_holder(bucket)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    began = time.monotonic()
    with hold_lease(bucket / ".lock", "it", SECONDS):
        assert time.monotonic() - began >= SECONDS


def test_a_live_lease_of_the_same_host_name_and_a_process_that_is_not_seen_here_is_not_taken_over(
    bucket: ObjectPath,
) -> None:
    """As a container sees one that shares its host name and has a PID namespace of its own."""
    gone = subprocess.Popen(["true"])
    gone.wait()
    stop = threading.Event()

    def renew() -> None:
        beat = 0
        while not stop.wait(0.05):
            beat += 1
            left_behind(bucket / ".lock", host=socket.gethostname(), pid=gone.pid, beat=beat)

    left_behind(bucket / ".lock", host=socket.gethostname(), pid=gone.pid)
    holder = threading.Thread(target=renew)
    holder.start()
    try:
        with (
            pytest.raises(RunError, match=f"another process is publishing to it .process {gone.pid}"),
            hold_lease(bucket / ".lock", "it", 30),
        ):
            pytest.fail("two publishers at once")
    finally:
        stop.set()
        holder.join()
    assert holds_lease(bucket / ".lock", "other")


@pytest.mark.parametrize("junk", ["", "[1]", "not JSON", "[" * 100_000], ids=["empty", "list", "text", "deep"])
def test_an_invalid_lock_object_is_replaced(bucket: ObjectPath, junk: str) -> None:
    (bucket / ".lock").write_text(junk)
    with hold_lease(bucket / ".lock", "it", 0.3):
        pass


def test_a_store_without_conditional_writes_is_supported(bucket: ObjectPath, gateway: Gateway) -> None:
    gateway.faults.append(Fault(501, "NotImplemented"))
    with hold_lease(bucket / ".lock", "it") as token:
        assert holds_lease(bucket / ".lock", token)
