"""Landlock: the kernel lets this process and its children open only named places, by three system calls of Linux 5.13.

Each version of its interface (ABI) knows more rights; a right that the running kernel does not know is left out.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

from olmocr_core.sandbox.system_calls import check, load_libc, refuse_new_privileges

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG, _RULE_PATH_BENEATH = 1, 1
_EXECUTE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 2, 1 << 3
# How many rights over files each ABI knows, from bit 0 on: REFER came with 2, TRUNCATE with 3, IOCTL_DEV with 5.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_NEWEST_FILE_RIGHTS = 16
# Binding and connecting TCP ports came with ABI 4; abstract sockets and signals to others with ABI 6.
_TCP_RIGHTS, _TCP_ABI = 0b11, 4
_SCOPES, SIGNAL_ABI = 0b11, 6


def find_abi() -> int:
    """The version of Landlock's interface in the running kernel; 0 where it is missing or switched off."""
    found = _call(_CREATE_RULESET, None, 0, _VERSION_FLAG)
    return max(found, 0)


def restrict(readable: Iterable[Path]) -> int:
    """Let this process read and execute what lies in ``readable``, open nothing else, and connect nowhere.

    Returns the ABI; 0 if nothing was restricted. It holds for this thread and all it starts, and cannot be undone.
    Raises OSError.
    """
    abi = find_abi()
    if abi == 0:
        return 0
    rights = (1 << _FILE_RIGHTS.get(abi, _NEWEST_FILE_RIGHTS)) - 1
    tcp, scopes = _TCP_RIGHTS if abi >= _TCP_ABI else 0, _SCOPES if abi >= SIGNAL_ABI else 0
    wanted = struct.pack("=QQQ", rights, tcp, scopes)[: 8 if abi < _TCP_ABI else 16 if abi < SIGNAL_ABI else 24]
    ruleset = check(_call(_CREATE_RULESET, wanted, len(wanted), 0))
    try:
        for path in readable:
            _allow(ruleset, path)
        refuse_new_privileges()
        check(_call(_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)
    return abi


def _allow(ruleset: int, path: Path) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        # Not every system has every place.
        return
    try:
        rights = _EXECUTE | _READ_FILE | (_READ_DIR if path.is_dir() else 0)
        check(_call(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, struct.pack("=Qi", rights, place), 0))
    finally:
        os.close(place)


def _call(number: int, *arguments: object) -> int:
    found: int = load_libc().syscall(ctypes.c_long(number), *map(_as_word, arguments))
    return found


def _as_word(value: object) -> object:
    return ctypes.c_long(value) if isinstance(value, int) else value
