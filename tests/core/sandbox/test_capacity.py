from __future__ import annotations

import os
from pathlib import Path

import pytest

from olmocr_core.sandbox import capacity
from olmocr_core.sandbox.capacity import count_workers, fit_workers, usable_cores, usable_memory

GIB = 1 << 30
CORES = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("memory", "cores", "workers"),
    [(None, 64, 64), (2 * GIB, 2, 2), (2 * GIB, 64, 2), (GIB // 2, 2, 1), (64 * GIB, 16, 16)],
)
def test_workers_fit_into_the_memory(memory: int | None, cores: int, workers: int) -> None:
    assert fit_workers(cores, memory) == workers


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without limits, whose process lies in the groups ``a`` and ``a/b``."""
    own = tmp_path / "own"
    own.write_text("4:memory:/a/b\n3:cpu,cpuacct:/a/b\n0::/a/b\n")
    monkeypatch.setattr(capacity, "_OWN", own)
    monkeypatch.setattr(capacity, "_ROOT", tmp_path / "cgroup")
    return tmp_path / "cgroup"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")


def test_without_limits_every_core_has_a_worker(groups: Path) -> None:
    assert (usable_memory(), usable_cores(), count_workers()) == (None, CORES, CORES)
    for name, text in (("memory.max", "max"), ("cpu.max", "max 100000")):
        write(groups / name, text)
    for name, text in (("memory/memory.limit_in_bytes", str(2**63 - 4096)), ("cpu/cpu.cfs_quota_us", "-1")):
        write(groups / name, text)
    assert (usable_memory(), usable_cores()) == (None, CORES)


@pytest.mark.parametrize("place", ["", "a", "a/b"])
def test_the_smallest_limit_of_the_groups_counts(groups: Path, place: str) -> None:
    write(groups / "a" / "memory.max", str(8 * GIB))
    write(groups / place / "memory.max", str(2 * GIB))
    write(groups / place / "cpu.max", "50000 100000")
    assert (usable_memory(), usable_cores()) == (2 * GIB, 1)


def test_limits_of_the_first_version_count_too(groups: Path) -> None:
    write(groups / "memory" / "a" / "memory.limit_in_bytes", str(GIB))
    write(groups / "cpu" / "cpu.cfs_quota_us", "100000")
    assert (usable_memory(), usable_cores(), count_workers()) == (GIB, 1, 1)


def test_damaged_files_limit_nothing(groups: Path) -> None:
    for name in ("memory.max", "cpu.max"):
        write(groups / name, "²")
    (groups.parent / "own").unlink()
    assert (usable_memory(), usable_cores()) == (None, CORES)
