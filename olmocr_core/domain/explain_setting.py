"""Explain a wrong setting: its key, and the source that set it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import ErrorDetails


@dataclass(frozen=True, slots=True)
class SettingsSource:
    """Nested values, and the name of their source."""

    name: str
    values: Mapping[str, Any]


def explain(problem: ErrorDetails, sources: Sequence[SettingsSource]) -> str:
    """One line about a wrong setting: its key, its source and what is wrong."""
    path = [str(part) for part in problem["loc"]]
    # Take the last of the sources that match the longest part of the path; a plain value wins over a group.
    depth, is_plain, index = max((*_follow(source.values, path), index) for index, source in enumerate(sources))
    # After a plain value, pydantic adds positions in a list or members of a union.
    key = ".".join(path[:depth] if is_plain else path)
    told = "there is no such setting" if problem["type"] == "extra_forbidden" else problem["msg"]
    return f"setting {key!r} ({sources[index].name}): {told}"


def _follow(values: Any, path: Sequence[str]) -> tuple[int, bool]:
    """Count the parts of the path that exist in the values, and say whether they lead to a plain value."""
    for depth, part in enumerate(path):
        if not isinstance(values, Mapping) or part not in values:
            return depth, not isinstance(values, Mapping)
        values = values[part]
    return len(path), not isinstance(values, Mapping)
