"""Operations for tests of isolation: what a program that was taken over by a document tries."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from olmocr_core.domain.models import Document
from olmocr_core.ocr import tesseract
from olmocr_core.sandbox.inputs import open_input


def attempt(_session: Any, name: str, *args: Any) -> str:
    """What came of it: ``done``, or the error's words."""
    try:
        _ATTEMPTS[name](*args)
    except OSError as error:
        return str(error.strerror)
    return "done"


def read_own_document(_session: Any, document: Document) -> bytes:
    with open_input(document.location) as file:
        return file.read()


def read_other_document(_session: Any, document: Document, location: str) -> str:
    return attempt(_session, "read", location) if read_own_document(_session, document) else "nothing was read"


def environment(_session: Any) -> dict[str, str]:
    return dict(os.environ)


def folder(_session: Any) -> str:
    return str(Path.cwd())


def use_a_temporary_file(_session: Any) -> bytes:
    with tempfile.TemporaryFile(suffix=".npz") as file:
        file.write(b"abc")
        file.seek(1)
        return file.read()


def say_with_tesseract(_session: Any, page: bytes) -> tuple[str, tuple[str, ...], list[str]]:
    """Its version, the languages that it detects on a page (PNG), and the words that it reads in them."""
    image = np.asarray(Image.open(BytesIO(page)))
    chosen = tesseract.detect_languages(image)
    return tesseract.describe_version(), chosen, [word.text for word in tesseract.read_words(image, chosen)]


def _read(path: str) -> None:
    Path(path).read_bytes()


def _write(path: str) -> None:
    Path(path).write_bytes(b"x")
    Path(path).unlink()


def _connect(family: str, kind: str, address: Any) -> None:
    with socket.socket(getattr(socket, family), getattr(socket, kind)) as channel:
        channel.connect(tuple(address) if isinstance(address, list) else address)
        channel.send(b"x")


def _send_from_a_pair(address: str) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        ours.sendto(b"x", address)


def _trace(process_id: int) -> None:
    # Unlike PTRACE_ATTACH it does not stop the process: the test.
    seize = 0x4206
    if ctypes.CDLL(None, use_errno=True).ptrace(seize, process_id, None, None):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _limit(process_id: int) -> None:
    resource.prlimit(process_id, resource.RLIMIT_CORE)


def _read_by_a_child(path: str) -> None:
    done = subprocess.run(["cat", path], capture_output=True, check=False)
    if done.returncode:
        raise OSError(0, done.stderr.decode().rsplit(": ", 1)[-1].strip())


_ATTEMPTS: dict[str, Callable[..., None]] = {
    "read": _read,
    "read by a child": _read_by_a_child,
    "list": lambda path: list(Path(path).iterdir()),  # type: ignore[dict-item,return-value]
    "write": _write,
    "make a folder": lambda path: Path(path).mkdir(),
    "delete": lambda path: Path(path).unlink(),
    "rename": lambda path: Path(path).rename(path + ".renamed"),  # type: ignore[dict-item,return-value]
    "cut off": lambda path: os.truncate(path, 0),
    "change the mode": lambda path: Path(path).chmod(0o777),
    "change the time": lambda path: os.utime(path),
    "connect": _connect,
    "send from a pair": _send_from_a_pair,
    "kill": lambda process_id: os.kill(process_id, signal.SIGCONT),
    "trace": _trace,
    "see the limits": _limit,
}
