"""Engines whose pages finish when a test says so."""

from __future__ import annotations

import asyncio

from olmocr_core.domain.models import Completion, PageBlock, Transcription
from olmocr_core.domain.ports import PageRequest
from olmocr_core.engines.scripted import ScriptedEngine
from olmocr_core.reading.front_matter import format_answer


class Held(ScriptedEngine):
    """Answers the ``first`` pages of a document at once, the others after ``release``."""

    def __init__(self, first: int = 1) -> None:
        super().__init__(name="instant", concurrency=16)
        self._first = first
        self._released = asyncio.Event()
        self._asked = asyncio.Semaphore(0)
        self._waited_for = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    def release(self) -> None:
        self._released.set()

    def release_from_thread(self) -> None:
        """The same from outside of the service's event loop, once a page was asked for."""
        assert self._loop
        self._loop.call_soon_threadsafe(self._released.set)

    async def wait_until_asked(self, pages: int) -> None:
        """Wait until this many pages were asked for."""
        while self._waited_for < pages:
            await self._asked.acquire()
            self._waited_for += 1

    async def transcribe(self, request: PageRequest) -> Completion:
        self._loop = asyncio.get_running_loop()
        self._asked.release()
        if request.page.page_number > self._first:
            await self._released.wait()
        return await super().transcribe(request)


HEADING = PageBlock(type="heading", box=(72, 72, 300, 100), text="# A title", level=1)
ITEM = PageBlock(type="list", box=(72, 110, 300, 122), text="- an item")
EQUATION = PageBlock(type="equation", box=(72, 130, 300, 150), text=r"\[x^2\]")
TABLE = PageBlock(
    type="table",
    box=(72, 160, 300, 220),
    text='<table>\n<tr><th colspan="2">a &amp; b</th></tr>\n<tr><td>1</td><td>2</td></tr>\n</table>',
)
FIGURE = PageBlock(type="figure", box=(72, 230, 300, 300))
FOOTER = PageBlock(type="footer", box=(300, 760, 310, 770), text="17")
BLOCKS = (HEADING, ITEM, EQUATION, TABLE, FIGURE, FOOTER)


def placed() -> ScriptedEngine:
    """An engine that knows where things stand: every page has BLOCKS."""
    text = "\n\n".join(block.text for block in BLOCKS[:-1] if block.text)
    read = Transcription(text=text, dropped=("17",), blocks=BLOCKS, page_size=(612, 792))
    completion = Completion(answer=format_answer(read), transcription=read, route="text_layer")
    return ScriptedEngine(lambda request, call: completion, name="instant")
