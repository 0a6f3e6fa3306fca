"""The worker process: runs one call at a time for its pool.

Started as ``python -P -m olmocr_core.sandbox.worker FD INPUTS_FD PARENT_PID MEMORY_MB``. It ends with its pool: when the socket
is closed, or when the parent dies, whatever it is doing.
"""

from __future__ import annotations

import faulthandler
import importlib
import os
import pickle
import re
import resource
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from typing import Any, BinaryIO, TypeVar

from olmocr_core.domain.errors import (
    FailureScope,
    OlmocrError,
    OutOfMemory,
    PageError,
    RunError,
    SourceChanging,
    may_pass,
)
from olmocr_core.domain.models import Document, PageRef
from olmocr_core.sandbox.inputs import Inputs, receive_inputs
from olmocr_core.sandbox.ipc import HEADER, Ready, Request, Response, Start, pack
from olmocr_core.sandbox.isolation import isolate
from olmocr_core.sandbox.parent_death_signal import die_with_parent
from olmocr_core.sandbox.session import WorkerSession
from olmocr_core.sandbox.source_changes import has_changed
from olmocr_core.storage.full_disk import full_disk
from olmocr_core.storage.os_errors import find_fault

_Message = TypeVar("_Message")
_MAX_STDERR_BYTES = 1 << 20
# Of a path between quotation marks, which may hold spaces, or without them.
_FOLDERS = re.compile(r"(?<=['\"])/[^'\"]*/(?=[^'\"/])|(?<![\w/:.])/(?:[^\s/'\":]+/)+(?=[^\s/])")
# Native libraries report a failed allocation in words instead of MemoryError.
_OUT_OF_MEMORY_PHRASES = ("bad_alloc", "Insufficient memory", "Failed to allocate memory", "Cannot allocate memory")


def main(socket_fd: int, inputs_fd: int, parent_pid: int, memory_mb: int) -> None:
    """Set the limits, then serve calls until the pool closes the socket; its second one brings the calls' documents."""
    _isolate_process(parent_pid)
    _set_limits(memory_mb)
    channel, inputs = socket.socket(fileno=socket_fd), socket.socket(fileno=inputs_fd)
    channel.set_inheritable(False)
    inputs.set_inheritable(False)
    with channel, inputs, channel.makefile("rb") as source:
        start = _receive(source, Start)
        isolate(start.isolation)
        session = WorkerSession(start.settings)
        channel.sendall(pack(Ready(os.getpid())))
        while True:
            receive_inputs(inputs, _receive(source, Inputs))
            request = _receive(source, Request)
            channel.sendall(_pack_response(_handle_request(session, request)))
            _trim_stderr()


def _isolate_process(parent_pid: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent()
    # The parent may have died before the line above took effect.
    if os.getppid() != parent_pid:
        os._exit(0)
    # Output of native libraries must not reach the user's pipes.
    os.dup2(2, 1)
    faulthandler.enable()


def _set_limits(memory_mb: int) -> None:
    size = memory_mb << 20
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _receive(source: BinaryIO, kind: type[_Message]) -> _Message:
    header = source.read(HEADER.size)
    body = source.read(HEADER.unpack(header)[0]) if len(header) == HEADER.size else b""
    if not body:
        # A normal exit would run the finalizers of native libraries; nobody waits for them.
        os._exit(0)
    # The pool is trusted; a worker is not.
    message = pickle.loads(body)
    if not isinstance(message, kind):
        raise RunError(f"worker: expected {kind.__name__}, got {type(message).__name__}")
    return message


def _handle_request(session: WorkerSession, request: Request) -> Response:
    # Of a file that changed before, the operation says so itself.
    changed_before = has_changed(request.args, failed=False)
    response = _run_operation(session, request)
    if response.code and may_pass(response.code):
        return response
    if not changed_before and has_changed(request.args, failed=bool(response.code)):
        # Half of one file and half of another: neither its text nor its errors are a document's.
        session.close()
        changed = SourceChanging("the file changed while it was read")
        return Response(code=changed.code, message=str(changed))
    return response


def _run_operation(session: WorkerSession, request: Request) -> Response:
    try:
        op = _resolve_operation(request.op)
        return Response(result=op(session, *request.args))
    except OlmocrError as error:
        return Response(code=error.code, message=_words_for_people(error))
    except Exception as error:  # noqa: BLE001 - process boundary: every failure must be reported
        return _report_unexpected_error(request.op, error, _location(request))


def _location(request: Request) -> str:
    return next((arg.location for arg in request.args if isinstance(arg, Document | PageRef)), "")


def _words_for_people(error: OlmocrError) -> str:
    """The message; in reasons of pages and documents, which are published, without folders of this machine."""
    published = error.scope in (FailureScope.PAGE, FailureScope.DOCUMENT)
    return _FOLDERS.sub("", str(error)) if published else str(error)


def _resolve_operation(name: str) -> Callable[..., Any]:
    module, _, function = name.partition(":")
    try:
        found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise RunError(f"worker: there is no operation {name!r}: {error}") from error
    return found


def _report_unexpected_error(op: str, error: Exception, location: str = "") -> Response:
    trace = "".join(traceback.format_exception(error))
    last = trace.strip().rsplit("\n", 1)[-1]
    if isinstance(error, MemoryError) or any(words in str(error) for words in _OUT_OF_MEMORY_PHRASES):
        soft = resource.getrlimit(resource.RLIMIT_AS)[0] >> 20
        raised: OlmocrError = OutOfMemory(f"needs more than the {soft} MB of a worker (limits.worker_memory_mb)")
    elif full := full_disk(error) if isinstance(error, OSError) else None:
        # Neither is a full disk.
        raised = full
    elif fault := find_fault(error, location):
        raised = fault
    elif isinstance(error, ImportError):
        # A missing library is not the page's fault: every page would fail in the same way.
        raised = RunError(f"a library that {op} needs is not installed properly: {last}")
    else:
        raised = PageError("it broke a program in a way that nobody foresaw; the log of the run says where")
    return Response(code=raised.code, message=str(raised), trace=trace)


def _pack_response(response: Response) -> bytes:
    try:
        return pack(response)
    except MemoryError as error:
        return pack(_report_unexpected_error("the response", error))
    except Exception as error:  # noqa: BLE001 - an unpicklable result still needs a response
        return pack(Response(code=RunError("").code, message=f"a worker's result cannot be sent: {error}"))


def _trim_stderr() -> None:
    if os.fstat(2).st_size > _MAX_STDERR_BYTES:
        os.ftruncate(2, 0)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:5]))
