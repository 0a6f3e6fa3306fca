"""How far a job is, while it is queued or running, and a bell for those who wait for more."""

from __future__ import annotations

import asyncio

from olmocr_core.domain.models import Frozen, PageRecord, PageStatus, PageSummary, Route


class FinishedPage(Frozen):
    """A page that can be read."""

    page: int
    status: PageStatus
    route: Route


class JobProgress:
    """The finished pages of one job in the order in which they finished. All of it happens in one event loop."""

    def __init__(self) -> None:
        self.pages: int | None = None
        self.running = False
        self.ended = False
        self.finished: dict[int, FinishedPage] = {}
        self.bell = asyncio.Event()
        """Rings at the next change. Take it before looking at what is here: what comes in between rings it, too."""

    @property
    def pages_left(self) -> int | None:
        """How many pages are not finished; None before the document is open."""
        return None if self.pages is None else max(0, self.pages - len(self.finished))

    def start(self, pages: int) -> None:
        """The document is open, and has this many pages."""
        self.pages, self.running = pages, True
        self._ring()

    def begin(self) -> None:
        """Its pages are read from now on, how many of them nobody has counted."""
        if not self.running:
            self.running = True
            self._ring()

    def add(self, page: PageRecord) -> None:
        """A page has finished; one that was known already changes nothing."""
        self.finished.setdefault(page.page_number, finished_page(page))
        self._ring()

    def pause(self) -> None:
        """The job waits for its next try."""
        self.running = False
        self._ring()

    def end(self) -> None:
        """The job has ended: whoever waits asks for it now."""
        self.running, self.ended = False, True
        self._ring()

    async def wait_for_end(self) -> None:
        """Wait until the job has ended."""
        while not self.ended:
            await self.bell.wait()

    def _ring(self) -> None:
        # Those who wait now are woken; those who come later wait for the next ring.
        bell, self.bell = self.bell, asyncio.Event()
        bell.set()


def finished_page(page: PageRecord | PageSummary) -> FinishedPage:
    """What is told of a finished page."""
    return FinishedPage(page=page.page_number, status=page.status, route=page.route)
