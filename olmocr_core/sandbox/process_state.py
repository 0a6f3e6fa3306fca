"""What the kernel says of a process: whether it stands still, and how long it has waited for a core."""

from __future__ import annotations

from pathlib import Path

# Stopped, traced, or waiting for a device or a server of files.
_STILL = frozenset("TtD")


def stands_still(process_id: int) -> bool:
    """Whether the process is stopped or waits for a device, whatever its own code does."""
    try:
        # The name of the program, which comes before, may hold anything.
        state = Path(f"/proc/{process_id}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state.decode("ascii", "replace") in _STILL


def read_queued_seconds(process_id: int) -> float:
    """The seconds for which its main thread could run and had no core; 0.0 where the kernel does not count them."""
    try:
        return int(Path(f"/proc/{process_id}/schedstat").read_bytes().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0
