"""Operations for tests of the pool: each does one thing that pages do to workers."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path
from typing import Any

from olmocr_core.domain.errors import EncryptedDocument, PageError, RunError
from olmocr_core.domain.models import PageRef


def echo(_session: Any, value: Any) -> Any:
    return value


def who(_session: Any) -> int:
    return os.getpid()


def count(session: Any) -> int:
    session.memo["calls"] = session.memo.get("calls", 0) + 1
    return session.memo["calls"]


def fill_disk(_session: Any) -> None:
    with open("/dev/full", "wb") as stream:  # noqa: PTH123 - the error has its number only
        stream.write(b"x")


def hang(_session: Any, started: str = "") -> None:
    _touch(started)
    while True:
        signal.pause()


def spin(_session: Any) -> None:
    while True:
        pass


def wait_for_signal_then(_session: Any, started: str, value: str) -> str:
    # Blocked, it waits for us: a signal between the two lines below would else be lost.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    _touch(started)
    signal.sigwait({signal.SIGUSR1})
    return value


def crash(_session: Any) -> None:
    ctypes.string_at(0)


def leave(_session: Any, status: int) -> None:
    os._exit(status)


def eat_memory(_session: Any) -> int:
    return len(bytearray(8 << 30))


def fail_natively(_session: Any) -> None:
    raise RuntimeError("std::bad_alloc")


def refuse(_session: Any) -> None:
    raise EncryptedDocument("it needs a password")


def read_while_it_changes(_session: Any, of: PageRef, data: bytes, outcome: str) -> str:
    path = Path(of.location)
    path.write_bytes(data) if data else path.unlink()
    if outcome == "fails":
        raise PageError("it is damaged")
    if outcome == "breaks":
        raise KeyError("half of a file")
    return "text of another file"


def break_down(_session: Any) -> None:
    raise KeyError("unforeseen")


def miss_a_library(_session: Any) -> None:
    import no_such_library  # noqa: F401


def chatter(_session: Any) -> str:
    print("to standard output")  # noqa: T201
    os.write(1, b"\0" * 100)
    sys.stdout.flush()
    return "heard"


def environment(_session: Any) -> dict[str, str]:
    return dict(os.environ)


def unsendable(_session: Any) -> Any:
    return lambda: None


def forbidden(_session: Any) -> Any:
    return os.system


def start_child(_session: Any, started: str) -> None:
    import subprocess

    from olmocr_core.sandbox.parent_death_signal import kill_children_with_parent

    with kill_children_with_parent():
        child = subprocess.Popen(["sleep", "600"])
        _touch(started, f"{os.getpid()} {child.pid}")
        child.wait()


def _touch(path: str, text: str = "") -> None:
    if path:
        temporary = path + ".part"
        with open(temporary, "w") as file:  # noqa: PTH123
            file.write(text or str(os.getpid()))
        os.replace(temporary, path)  # noqa: PTH105


def refuse_page(_session: Any, message: str) -> None:
    raise PageError(message)


def refuse_run(_session: Any, message: str) -> None:
    raise RunError(message)
