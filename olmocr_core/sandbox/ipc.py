"""The protocol between pool and worker: length-prefixed pickles over a socket pair.

A worker parses hostile bytes, so the pool does not trust what it sends: only our own data classes and plain values of a
bounded size are accepted.
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
    """A worker's first message: its limits are set and it accepts calls."""

    process_id: int


@dataclass(frozen=True, slots=True)
class Request:
    """One call. ``op`` is ``module:function``; the function's first argument is the WorkerSession."""

    op: str
    args: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Response:
    """The result of a call, or the ``code`` and ``message`` of the error that ended it, and the traceback for the log."""

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
    """Serialise a message into one frame."""
    body = pickle.dumps(message, protocol=5)
    return HEADER.pack(len(body)) + body


def unpack(body: bytes) -> Any:
    """Deserialise the body of a frame. Raise UnpicklingError for anything but our own data classes and plain values."""
    return _RestrictedUnpickler(io.BytesIO(body)).load()
