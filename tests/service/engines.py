"""Engines whose pages finish when a test says so."""

from __future__ import annotations

import asyncio

from olmocr_core.domain.models import Completion
from olmocr_core.domain.ports import PageRequest
from olmocr_core.engines.scripted import ScriptedEngine


class Held(ScriptedEngine):
    """Answers the ``first`` pages of a document at once, the others after ``release``."""

    def __init__(self, first: int = 1) -> None:
        super().__init__(name="instant", concurrency=16)
        self._first = first
        self._released = asyncio.Event()
        self._asked = asyncio.Semaphore(0)
        self._waited_for = 0

    def release(self) -> None:
        self._released.set()

    async def wait_until_asked(self, pages: int) -> None:
        """Wait until this many pages were asked for."""
        while self._waited_for < pages:
            await self._asked.acquire()
            self._waited_for += 1

    async def transcribe(self, request: PageRequest) -> Completion:
        self._asked.release()
        if request.page.page_number > self._first:
            await self._released.wait()
        return await super().transcribe(request)
