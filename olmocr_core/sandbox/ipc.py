"""The protocol between pool and worker: length-prefixed pickles over a socket pair.

A worker parses hostile bytes, so the pool does not trust what it sends: only the data classes that operations exchange and
plain values of a bounded size are accepted.
"""

from __future__ import annotations

import io
import pickle
import pickletools
import struct
from dataclasses import dataclass
from typing import Any

from olmocr_core.sandbox.isolation import Isolation
from olmocr_core.sandbox.session import SessionSettings

HEADER = struct.Struct("!Q")
MAX_MESSAGE_BYTES = 1 << 30
# A page of a thousand words takes 30,000. These are read in half a second, in which the pool does nothing else.
_MOST_STEPS = 200_000
# What operations return. A name on this list can be made, and given any fields; nothing is called.
_MODELS = "Completion DocumentInfo ErrorInfo PageBlock PageImage Transcription Usage"
_CLASSES = {
    *(("olmocr_core.domain.models", name) for name in _MODELS.split()),
    *(("olmocr_core.domain.geometry", name) for name in ("Box", "PageLayout", "Region", "Ruling", "Word")),
    ("olmocr_core.domain.ports", "TextLayer"),
    *(("olmocr_core.sandbox.ipc", name) for name in ("Ready", "Request", "Response")),
}
# The steps of a pickle that our own messages need. Those that call something, or name a place in a table that the
# reader then makes room for (a few bytes take 30 GB), are left out.
_STEPS = frozenset({
    "PROTO", "FRAME", "STOP", "MARK", "MEMOIZE", "BINGET", "LONG_BINGET", "NONE", "NEWTRUE", "NEWFALSE", "BININT",
    "BININT1", "BININT2", "LONG1", "BINFLOAT", "SHORT_BINUNICODE", "BINUNICODE", "SHORT_BINBYTES", "BINBYTES",
    "BINBYTES8", "EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "EMPTY_LIST", "APPEND", "APPENDS",
    "EMPTY_DICT", "SETITEM", "SETITEMS", "EMPTY_SET", "ADDITEMS", "FROZENSET", "STACK_GLOBAL", "NEWOBJ", "BUILD",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Start:
    """The pool's first message: all that a worker is told for its life."""

    settings: SessionSettings
    isolation: Isolation


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
        if (module, name) in _CLASSES:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"a worker may not send {module}.{name}")


def pack(message: Any) -> bytes:
    """Serialise a message into one frame."""
    body = pickle.dumps(message, protocol=5)
    return HEADER.pack(len(body)) + body


def unpack(body: bytes) -> Any:
    """Deserialise the body of a frame. Raise UnpicklingError for anything but our own data classes and plain values."""
    try:
        for number, (step, _, _) in enumerate(pickletools.genops(body)):
            if step.name not in _STEPS or number > _MOST_STEPS:
                raise pickle.UnpicklingError(f"a worker may not send the step {step.name}, number {number}")
        return _RestrictedUnpickler(io.BytesIO(body)).load()
    except pickle.UnpicklingError:
        raise
    except Exception as error:
        # Damaged messages raise whatever a damaged step leads to.
        raise pickle.UnpicklingError(f"{type(error).__name__}: {error}") from error
