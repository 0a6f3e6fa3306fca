"""How the pool and a worker talk: length-prefixed pickles over a socket pair.

A worker reads hostile bytes, so the pool does not believe it: what comes back may only be made of our own data
classes and plain values, and of a bounded size.
"""

from __future__ import annotations

import io
import pickle
import struct
from dataclasses import dataclass
from typing import Any

HEADER = struct.Struct("!Q")
MAX_MESSAGE_BYTES = 1 << 30
_SAFE_GLOBALS = {
    ("builtins", name)
    for name in ("set", "frozenset", "complex", "bytearray", "range", "slice", "list", "dict", "tuple")
} | {("collections", "OrderedDict"), ("datetime", "datetime"), ("datetime", "timedelta"), ("datetime", "timezone")}


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker's first word: its limits are in force and it can take calls."""

    process_id: int


@dataclass(frozen=True, slots=True)
class Request:
    """One call: ``op`` is ``module:function``, the function's first argument is the WorkerSession."""

    op: str
    args: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Response:
    """A call's result, or ``code`` and ``message`` of the error that it ended in, with the traceback for the log."""

    result: Any = None
    code: str = ""
    message: str = ""
    trace: str = ""


class _RestrictedUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _SAFE_GLOBALS:
            return super().find_class(module, name)
        if module.startswith("olmocr_core."):
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise pickle.UnpicklingError(f"a worker may not send {module}.{name}")


def pack(message: Any) -> bytes:
    """One framed message."""
    body = pickle.dumps(message, protocol=5)
    return HEADER.pack(len(body)) + body


def unpack(body: bytes) -> Any:
    """The message in a frame's body; raises UnpicklingError for anything that is not our own data."""
    return _RestrictedUnpickler(io.BytesIO(body)).load()
