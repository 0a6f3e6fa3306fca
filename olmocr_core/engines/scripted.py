"""The engine ``instant``, and the class behind it: answers, faults and delays by a script. For tests and benchmarks."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from olmocr_core.domain.models import Completion, Transcription, Usage
from olmocr_core.domain.ports import EngineIdentity, PageRequest
from olmocr_core.domain.settings import Settings
from olmocr_core.engines.base import EngineContext, EngineDefaults
from olmocr_core.reading.front_matter import format_answer

Step = Completion | Exception
Script = Callable[[PageRequest, int], Step]


def answer(text: str = "", **fields: object) -> Completion:
    """A completion in the model's format. ``fields`` are those of Transcription."""
    transcription = Transcription.model_validate({"text": text, "primary_language": "en", **fields})
    return Completion(answer=format_answer(transcription), usage=Usage(input_tokens=1700, output_tokens=len(text) // 4))


def instant(request: PageRequest, call: int) -> Step:
    """The script of the engine ``instant``: one line that names the page."""
    page = request.page
    return answer(f"Page {page.page_number} of document {page.doc_id[:12]}.")


def in_turn(*steps: Step) -> Script:
    """A script that gives each page these steps in turn, and the last one for every further call."""
    return lambda request, call: steps[min(call, len(steps)) - 1]


@asynccontextmanager
async def open_engine(settings: Settings, context: EngineContext) -> AsyncIterator[ScriptedEngine]:
    """The engine ``instant``: it answers at once, for benchmarks and tests."""
    yield ScriptedEngine(keep=False, concurrency=16, name="instant")


class ScriptedEngine(EngineDefaults):
    """Answers with ``script(request, call)``, where ``call`` counts the calls for that page from 1; raises exceptions.

    ``requests`` holds the requests, for tests; ``keep=False`` saves that memory in long runs.
    """

    def __init__(
        self,
        script: Script = instant,
        *,
        concurrency: int = 8,
        seconds: float = 0.0,
        keep: bool = True,
        name: str = "scripted",
    ) -> None:
        self._script = script
        self._concurrency = concurrency
        self._seconds = seconds
        self._calls: defaultdict[tuple[str, int], int] = defaultdict(int)
        self._keep = keep
        self._name = name
        self.requests: list[PageRequest] = []
        self.in_flight = 0
        self.most_in_flight = 0

    @property
    def identity(self) -> EngineIdentity:
        """The name, and a model that no other engine has."""
        return EngineIdentity(name=self._name, model="script")

    @property
    def concurrency(self) -> int:
        """As constructed."""
        return self._concurrency

    @property
    def calls(self) -> int:
        """The number of requests so far."""
        return sum(self._calls.values())

    async def transcribe(self, request: PageRequest) -> Completion:
        """Give the next step for this page."""
        key = (request.page.doc_id, request.page.page_number)
        self._calls[key] += 1
        if self._keep:
            self.requests.append(request)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(self._seconds)
            step = self._script(request, self._calls[key])
        finally:
            self.in_flight -= 1
        if isinstance(step, Exception):
            raise step
        return step
