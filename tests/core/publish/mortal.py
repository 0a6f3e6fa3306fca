"""``python -m tests.core.publish.mortal URL BUCKET``: publishers that are killed before each of their changes to a store.

For every N, below the prefix of that number: a night is published, then the next one by a process that sends itself SIGKILL
in place of its Nth request that would change something; until one comes to its end. Nothing but forked children uses the
store.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

from olmocr_core.domain.settings import Store
from olmocr_core.publish.publish_run import publish_run
from olmocr_core.storage.objects import ObjectStore
from olmocr_core.storage.paths import ObjectPath
from tests.core.publish.test_remote import CHANGES
from tests.core.publish.world import World

FIRST = {"/in/1": "a1", "/in/2": "a2", "/in/3": "b1", "/in/4": "c1", "/in/5": "d1"}
SECOND = {"/in/1": "e1", "/in/2": "a2", "/in/4": "c1", "/in/5": "d1", "/in/6": "bad"}


def die_before(change: int) -> None:
    """Let this process die in place of that request; counted from 0."""
    real, left, turn = ObjectStore._run, itertools.count(change, -1), threading.Lock()

    def mortal(store: ObjectStore, method: str, arguments: dict[str, Any], work: Callable[[], Any]) -> Any:
        if method in CHANGES:
            with turn:
                if next(left) == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
        return real(store, method, arguments, work)

    ObjectStore._run = mortal  # type: ignore[method-assign]


def old(place: ObjectPath) -> None:
    """Publish what is there before, and prepare what comes after it."""
    world = World(place)
    world.night(FIRST)
    world.prepare(SECOND, ("/in",))


def new(place: ObjectPath) -> None:
    """Publish what comes after it."""
    publish_run(World(place).prepared("n2"))


def in_child(work: Callable[[], None]) -> int:
    """Do something in a process of its own; its exit code, negative for a signal."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> int:
    """Kill until there is nothing left to kill."""
    url, bucket = sys.argv[1:]
    for change in range(200):

        def place(change: int = change) -> ObjectPath:
            return ObjectPath(ObjectStore(Store(endpoint_url=url)), bucket, f"{change:03d}")

        assert in_child(lambda: old(place())) == 0

        def dies(change: int = change) -> None:
            die_before(change)
            new(place(change))

        code = in_child(dies)
        if code == 0:
            return 0
        assert code == -signal.SIGKILL, code
    return 1


if __name__ == "__main__":
    sys.exit(main())
