"""What every engine module offers, what it gets, and what an engine inherits."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

from olmocr_core.domain.models import Transcription
from olmocr_core.domain.ports import Engine
from olmocr_core.domain.serving_stats import ServingStats
from olmocr_core.domain.settings import Settings
from olmocr_core.reading.front_matter import parse_answer
from olmocr_core.sandbox.pool import WorkerPool


@dataclass(frozen=True, slots=True)
class EngineContext:
    """What an engine gets from the process that opens it.

    ``pool`` runs functions in worker processes that may crash. ``reads`` is False in a process that plans, draws or
    publishes: it asks the engine for its identity only, so that nothing heavy need be started.
    """

    pool: WorkerPool
    reads: bool = True


class EngineModule(Protocol):
    """A module that offers an engine; the registry in ``olmocr_core.engines`` or an entry point names it."""

    def check_settings(self, settings: Settings) -> None:
        """Raise UsageError for settings that contradict each other. Optional."""

    def check_installation(self, settings: Settings) -> None:
        """Raise UsageError for what this machine lacks to read pages. Optional; called before anything is started."""

    def open_engine(self, settings: Settings, context: EngineContext) -> AbstractAsyncContextManager[Engine]:
        """The engine, ready for its first page, until the block ends."""


class EngineDefaults:
    """The members of ``ports.Engine`` that an engine may leave as they are."""

    @property
    def device(self) -> Literal["cpu", "gpu"]:
        """The CPU."""
        return "cpu"

    @property
    def idle_slots(self) -> int:
        """None: attempts at one page are made one after the other."""
        return 0

    def adapt_settings(self, settings: Settings) -> Settings:
        """The settings as they are."""
        return settings

    def parse(self, answer: str) -> Transcription:
        """Read YAML front matter and Markdown. Raises MalformedAnswer."""
        return parse_answer(answer)

    async def pause(self, seconds: float) -> None:
        """Sleep."""
        await asyncio.sleep(seconds)

    def serving(self) -> ServingStats | None:
        """None: there are no model servers."""
        return None

    async def aclose(self) -> None:
        """Nothing to close."""
