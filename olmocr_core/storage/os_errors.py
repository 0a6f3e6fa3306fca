"""Errors of the operating system that say nothing about the bytes of a document."""

from __future__ import annotations

import errno
from pathlib import Path

from olmocr_core.domain.errors import DocumentUnavailable, MachineFault, SourceAway

# Decoders raise OSError for damaged data, too: without a number, or with EINVAL for a place before the file's start.
_AWAY = frozenset(
    {
        errno.ENOENT, errno.EACCES, errno.EPERM, errno.ESTALE, errno.EIO, errno.ENODEV, errno.ENXIO, errno.ENOTDIR,
        errno.EISDIR, errno.ELOOP, errno.EBUSY, errno.ENOTCONN, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.EHOSTUNREACH,
        errno.ENETDOWN, errno.ENETUNREACH, errno.ECONNRESET, errno.ECONNABORTED, errno.ECONNREFUSED, errno.ESHUTDOWN,
        errno.EREMOTEIO,
    }
)  # fmt: skip
_SHORT = frozenset({errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM})


def find_fault(error: BaseException, location: str = "") -> DocumentUnavailable | None:
    """What the world did, or None for an error of the data. ``location`` is the file that is read, if it is known."""
    if not isinstance(error, OSError):
        return MachineFault("the machine starts no more threads") if "can't start new thread" in str(error) else None
    if error.errno in _SHORT:
        return MachineFault(f"the machine lacks what a process needs: {error.strerror}")
    if error.errno not in _AWAY:
        return None
    if location and error.filename and str(error.filename) != location:
        return MachineFault(f"{Path(str(error.filename)).name} cannot be used: {error.strerror}")
    return SourceAway(f"the file cannot be read: {error.strerror}")


def raise_fault(error: BaseException, location: str = "") -> None:
    """Raise what the world did; return for an error of the data."""
    if fault := find_fault(error, location):
        raise fault from error
