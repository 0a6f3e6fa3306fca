"""How many workers this machine or container holds: by its cores, the share of them that it may use, and its memory."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

# Measured with scans: the process beside the workers holds 240 MB, a worker with the OCR models up to 470 MB; large pages
# take more.
MAIN_BYTES = 400 << 20
WORKER_BYTES = 600 << 20
_ROOT = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")
# Version 1 writes a number of this size where there is no limit.
_NO_LIMIT = 1 << 60


def count_workers() -> int:
    """One worker for each core that this process may use, or as many as fit into the memory that it may use."""
    return fit_workers(usable_cores(), usable_memory())


def fit_workers(cores: int, memory: int | None) -> int:
    """As many workers as cores, at most what fits into ``memory`` bytes (None: no limit), at least one."""
    fitting = cores if memory is None else (memory - MAIN_BYTES) // WORKER_BYTES
    return max(1, min(cores, fitting))


def usable_cores() -> int:
    """Cores that this process may use; a share of a core counts as one."""
    shares = [quota for text in _read_all("cpu", "cpu.max", "cpu.cfs_quota_us") if (quota := _read_quota(text))]
    return min([len(os.sched_getaffinity(0)), *(math.ceil(share) for share in shares)])


def usable_memory() -> int | None:
    """Bytes that the control group of this process may use; None without a limit."""
    texts = _read_all("memory", "memory.max", "memory.limit_in_bytes")
    limits = [int(text) for text in texts if text.isdecimal() and int(text) < _NO_LIMIT]
    return min(limits, default=None)


def _read_quota(text: str) -> float | None:
    """Cores by ``QUOTA PERIOD`` in microseconds; version 1 has the quota alone, of its usual period."""
    quota, _, period = text.partition(" ")
    return int(quota) / int(period or 100_000) if quota.isdecimal() and int(quota) else None


def _read_all(controller: str, name: str, old_name: str) -> Iterator[str]:
    """What the control groups of this process say, from its own up to the root, in either version."""
    for folder, file in [(_ROOT, name), (_ROOT / controller, old_name)]:
        for group in _own_groups(controller):
            try:
                yield (folder / group / file).read_text("ascii").strip()
            except (OSError, ValueError):
                continue


def _own_groups(controller: str) -> Iterator[Path]:
    """The paths of the groups below their root; in a container it is the root itself that has the limit."""
    found = {Path()}
    try:
        lines = _OWN.read_text("ascii", "replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers or controller in controllers.split(","):
            own = Path(path.lstrip("/"))
            found |= {own, *own.parents}
    yield from sorted(found)
