"""Memory, descriptors and temporary files over the time of a soak, and whether they stay flat."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

# A process that loads code late, or keeps a pool of connections, may grow by this much once; a leak grows by the hour.
FREE = {"MB": 40.0, "descriptors": 20.0, "temporary files": 30.0}
# Medians of thirds scatter on a busy machine.
MOST_GROWTH = 1.25


@dataclass(frozen=True, slots=True)
class Series:
    """A quantity over time: first and last third by their medians."""

    name: str
    unit: str
    values: tuple[float, ...]

    @property
    def first(self) -> float:
        """The median of the first third."""
        return statistics.median(self.values[: max(1, len(self.values) // 3)])

    @property
    def last(self) -> float:
        """The median of the last third."""
        return statistics.median(self.values[-max(1, len(self.values) // 3) :])

    @property
    def grows(self) -> bool:
        """Whether the last third is over the first one by more than noise and what is taken once."""
        return self.last > self.first * MOST_GROWTH + FREE[self.unit] if self.values else False


def find_growth(series: Sequence[Series]) -> list[str]:
    """A sentence for each quantity that grows."""
    return [
        f"{one.name}: {one.first:.0f} {one.unit} at first, {one.last:.0f} at the end" for one in series if one.grows
    ]


class Meter:
    """Samples of processes that live as long as the soak, and of folders."""

    def __init__(self, pids: Mapping[str, int], folders: Sequence[Path]) -> None:
        self._pids, self._folders = pids, folders
        self._values: dict[tuple[str, str], list[float]] = {}

    def sample(self) -> None:
        """Look once; a process that is gone has no more samples."""
        for name, pid in self._pids.items():
            try:
                process = psutil.Process(pid)
                memory, descriptors = process.memory_info().rss / 1e6, float(process.num_fds())
            except psutil.Error:
                continue
            self._add(name, "MB", memory)
            self._add(name, "descriptors", descriptors)
        files = sum(path.is_file() for folder in self._folders if folder.is_dir() for path in folder.rglob("*"))
        self._add("all processes", "temporary files", files)

    def series(self) -> list[Series]:
        """Everything that was sampled."""
        return [Series(name, unit, tuple(values)) for (name, unit), values in self._values.items()]

    def _add(self, name: str, unit: str, value: float) -> None:
        self._values.setdefault((name, unit), []).append(value)
