"""A lease on an object store: a lock object that its holder renews, so that the lock of a dead holder expires.

A lease belongs to a random token. Host and process number stand in it for people only: another container may have both.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator

from olmocr_core.domain.errors import OlmocrError, RunError
from olmocr_core.domain.json_parsing import InvalidJson, load_json
from olmocr_core.storage.files import create_exclusive
from olmocr_core.storage.life_mark import is_proved_dead, show_life
from olmocr_core.storage.paths import ObjectPath

_log = logging.getLogger(__name__)
LEASE_SECONDS = 60.0
_LOOKS = 30
_MOST_BYTES = 100_000


@contextlib.contextmanager
def hold_lease(path: ObjectPath, what: str, seconds: float = LEASE_SECONDS) -> Iterator[str]:
    """Hold the lock object ``path`` within the block; yields the token in it.

    A lock that is not renewed for ``seconds`` is taken over; the clocks of other machines do not matter. It is taken over
    at once where this machine's kernel proves that its holder has ended. Raises RunError if another process holds ``what``.
    """
    token = secrets.token_hex(16)
    with show_life() as mark:
        body = {"token": token, "host": socket.gethostname(), "pid": os.getpid(), "life": mark}
        _acquire(path, body, what, seconds)
        yield from _keep(path, body, token, seconds)


def _keep(path: ObjectPath, body: dict[str, object], token: str, seconds: float) -> Iterator[str]:
    done = threading.Event()
    keeper = threading.Thread(target=_renew, args=(path, body, done, seconds / 4), name="lease", daemon=True)
    keeper.start()
    try:
        yield token
    finally:
        done.set()
        keeper.join()
        if holds_lease(path, token):
            path.unlink()


def holds_lease(path: ObjectPath, token: str) -> bool:
    """Whether the lock exists and has this token."""
    return _read(path)[0].get("token") == token


def _acquire(path: ObjectPath, body: dict[str, object], what: str, seconds: float) -> None:
    if _create(path, body):
        return
    held, first = _read(path)
    # Looks are counted, not seconds: a pause of this process is no silence of the holder.
    for _ in range(0 if is_proved_dead(held.get("life")) else _LOOKS):
        time.sleep(seconds / _LOOKS)
        held, etag = _read(path)
        if not etag and _create(path, body):
            return
        if etag != first:
            raise RunError(
                f"another process is publishing to {what} (process {held.get('pid')} on {held.get('host')}); "
                "wait for it and run again"
            )
    _log.warning("taking over the lock %s, which %s left behind", path, held)
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    if not _create(path, body):
        raise RunError(f"another process is publishing to {what}; wait for it and run again")


def _create(path: ObjectPath, body: dict[str, object]) -> bool:
    data = json.dumps({**body, "beat": 0}).encode()
    # A store that ignores the condition accepts every writer: the last one wins, and the others notice it here.
    return create_exclusive(path, data) and holds_lease(path, str(body["token"]))


def _renew(path: ObjectPath, body: dict[str, object], done: threading.Event, every: float) -> None:
    beat = 0
    while not done.wait(every):
        beat += 1
        try:
            if holds_lease(path, str(body["token"])):
                path.write_bytes(json.dumps({**body, "beat": beat}).encode())
        except (OlmocrError, OSError) as error:
            # Before a commit, the holder checks again whether it still holds the lock.
            _log.warning("cannot renew the lock %s: %s", path, error)


def _read(path: ObjectPath) -> tuple[dict[str, object], str]:
    """What the lock says, and a mark that changes when it is renewed; empty where there is no lock."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {}, ""
    try:
        found = load_json(data, _MOST_BYTES)
    except InvalidJson:
        found = {}
    return found if isinstance(found, dict) else {}, data.decode("utf-8", "replace") or "empty"
