"""Calls of the C library by which a process gives up rights, and their errors as OSError."""

from __future__ import annotations

import ctypes
import errno
import os

_PR_SET_NO_NEW_PRIVS = 38


def load_libc() -> ctypes.CDLL:
    """The C library of this process; each of its functions leaves its error for ``check``."""
    return ctypes.CDLL(None, use_errno=True)


def check(result: int) -> int:
    """The result of a call; a negative one is raised as OSError with the words for its error."""
    if result < 0:
        number = ctypes.get_errno() or errno.EPERM
        raise OSError(number, os.strerror(number))
    return result


def refuse_new_privileges() -> None:
    """No program that this process starts gets more rights than it has. Raises OSError."""
    check(load_libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
