"""What a flow run is told: documents and workspace by path, and how the service reads, so that its pages are the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from olmocr_core.domain.settings import Settings
from olmocr_core.wiring import resolve_engine_name

# What decides how pages are read. The rest belongs to the machine that reads them.
_GROUPS = ("render", "cpu", "routing", "ladder", "limits", "quality")


def flow_parameters(documents: Sequence[Path], workspace: Path, reading: Settings) -> dict[str, Any]:
    """The parameters of the flow ``convert``."""
    options: dict[str, Any] = {}
    for group in _GROUPS:
        if changed := getattr(reading, group).model_dump(mode="json", exclude_defaults=True):
            options[group] = changed
    for name in ("server", "model"):
        if value := getattr(reading, name):
            options[name] = value
    return {
        "sources": [str(document) for document in documents],
        "workspace": str(workspace),
        "engine": resolve_engine_name(reading),
        "options": options,
    }


def make_workspace(folder: Path, shared: Path) -> None:
    """Make the workspace of a flow run, whose pages and images are those of the service: nothing is read twice."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("pages", "images"):
        (shared / name).mkdir(parents=True, exist_ok=True)
        link = folder / name
        if not link.is_symlink():
            link.symlink_to(Path("..", "..", shared.name, name))
