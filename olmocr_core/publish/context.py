"""The run that is published, without its documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from olmocr_core.domain.errors import RunError
from olmocr_core.storage.paths import AnyPath

SOURCE = "olmocr-flows"


@dataclass(frozen=True, slots=True)
class PublishContext:
    """The run that is published. ``created`` is its ISO date-time, ``version`` the project's.

    ``engines`` name the engines that read the pages, ``rules`` hold the quality settings; both are JSON values.
    """

    workspace: AnyPath
    run: str
    created: str
    engines: tuple[Any, ...] = ()
    rules: Mapping[str, Any] = field(default_factory=dict)
    version: str = ""

    @property
    def dataset(self) -> AnyPath:
        """The place of the dataset."""
        return self.workspace / "dataset"


def added_date(created: str) -> str:
    """The date of a run, YYYY-MM-DD, from its ISO date-time. Raises RunError if it is not one."""
    try:
        return datetime.fromisoformat(created).date().isoformat()
    except ValueError as error:
        raise RunError(f"the run was created at {created!r}, which is no ISO date-time") from error
