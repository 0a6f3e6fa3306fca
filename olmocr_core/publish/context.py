"""What publishing knows about the run besides its documents."""

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

    ``engines`` name what read the pages, ``rules`` hold the settings that decided; both are JSON values. With
    ``documents`` given, publishing fails unless exactly so many records come.
    """

    workspace: AnyPath
    run: str
    created: str
    engines: tuple[Any, ...] = ()
    rules: Mapping[str, Any] = field(default_factory=dict)
    version: str = ""
    documents: int | None = None

    @property
    def dataset(self) -> AnyPath:
        """Where the dataset lies."""
        return self.workspace / "dataset"

    @property
    def added(self) -> str:
        """The run's date, YYYY-MM-DD. Raises RunError when ``created`` is no ISO date-time."""
        try:
            return datetime.fromisoformat(self.created).date().isoformat()
        except ValueError as error:
            raise RunError(f"the run was created at {self.created!r}, which is no ISO date-time") from error
