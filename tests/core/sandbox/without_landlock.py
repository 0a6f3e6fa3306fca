"""``python -m tests.core.sandbox.without_landlock COMMAND``: run a command as on a kernel that does not know Landlock."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _MODE_FILTER = 38, 22, 2
_LOAD, _EQUALS, _RETURN = 0x20, 0x15, 0x06
_CREATE_RULESET, _UNKNOWN, _ALLOW = 444, 0x00050000 | errno.ENOSYS, 0x7FFF0000
_STEPS = ((_LOAD, 0, 0, 0), (_EQUALS, 0, 1, _CREATE_RULESET), (_RETURN, 0, 0, _UNKNOWN), (_RETURN, 0, 0, _ALLOW))


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def hide_landlock() -> None:
    """Have the kernel answer this process and its children that there is no such system call."""
    code = b"".join(struct.pack("=HBBI", *step) for step in _STEPS)
    libc, program = ctypes.CDLL(None, use_errno=True), _Program(len(_STEPS), code)
    assert libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    assert libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0) == 0, os.strerror(ctypes.get_errno())


if __name__ == "__main__":
    hide_landlock()
    os.execvp(sys.argv[1], sys.argv[1:])
