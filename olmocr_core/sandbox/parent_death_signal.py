"""Linux parent-death signals: a worker dies with its parent, and a worker's children die with the worker."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from collections.abc import Iterator
from types import FrameType

_PR_SET_PDEATHSIG, _PR_GET_PDEATHSIG = 1, 2


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent dies, whatever it is doing."""
    _set_death_signal(signal.SIGKILL)


@contextlib.contextmanager
def kill_children_with_parent() -> Iterator[None]:
    """Within the block, kill the whole process group when the parent dies. Has an effect in a worker only.

    The kernel signals the worker alone. While the worker waits for a child it can handle a signal, so the block asks
    for SIGTERM, which can be handled, and its handler kills the group.
    """
    if _get_death_signal() != signal.SIGKILL:
        yield
        return
    before = signal.signal(signal.SIGTERM, _kill_process_group)
    _set_death_signal(signal.SIGTERM)
    try:
        yield
    finally:
        _set_death_signal(signal.SIGKILL)
        signal.signal(signal.SIGTERM, before)


def _kill_process_group(_number: int, _frame: FrameType | None) -> None:
    os.killpg(0, signal.SIGKILL)


def _set_death_signal(number: signal.Signals) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)


def _get_death_signal() -> int:
    found = ctypes.c_int(0)
    ctypes.CDLL(None).prctl(_PR_GET_PDEATHSIG, ctypes.byref(found), 0, 0, 0)
    return found.value
