"""The result of a soak as a short table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from scripts.soak.meter import Series


@dataclass(frozen=True, slots=True)
class Result:
    """The figures of a soak. ``ends`` counts nights and on-demand runs by how they ended, ``broken`` has sentences."""

    minutes: float
    seed: int
    kills: Counter[str]
    ends: Counter[str]
    changes: Counter[str]
    documents: int
    pages: int
    asked_again: int
    series: Sequence[Series]
    broken: Sequence[str]


def format_table(result: Result) -> str:
    """A line a figure, and every broken invariant."""
    rows = [
        ("minutes, seed", f"{result.minutes:.1f}, {result.seed}"),
        ("kills", _counted(result.kills)),
        ("runs", _counted(result.ends)),
        ("changes of sources", _counted(result.changes)),
        ("documents at the end", str(result.documents)),
        ("pages of these", str(result.pages)),
        ("asked again", str(result.asked_again)),
        *((f"{one.name}, {one.unit}", f"{one.first:.0f} -> {one.last:.0f}") for one in result.series),
        ("broken invariants", str(len(result.broken))),
    ]
    return "\n".join([*(f"{name:36}{value}" for name, value in rows), *(f"BROKEN {line}" for line in result.broken)])


def _counted(counts: Counter[str]) -> str:
    return f"{counts.total()}: " + ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
