"""Ten thousand pages through one socket's worth of trouble: every page one record, counts that add up, flat memory."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import httpx
import pytest

from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.models import PageRecord
from olmocr_core.domain.ports import TextLayer
from olmocr_core.engines.server import open_server_engine
from olmocr_core.engines.server_engine import ServerEngine
from olmocr_core.reading.progress import Progress
from olmocr_core.reading.read_slice import ReadContext, SliceReport, read_slice
from olmocr_core.reading.retry_policy import Backoff
from tests.conftest import REPO
from tests.core.engines.serving import reading
from tests.core.fakes import ImaginaryPages, page

PAGES = int(os.environ.get("SOAK_PAGES", "10000"))
SLICE = 1000
LIMIT = 32
ARGUMENTS = ("--slots", "32", "--seconds-per-page", "0", "--tokens", "40", "--events", "2", "--seed", "3")
TROUBLE = ("--faults", "0.2", "--retry-after", "0.05", "--dies-after", str(PAGES // 3), "--down-seconds", "0.5")


@dataclass
class CountingCache:
    """Keeps of each record only what the test asks about, so that memory shows what the client keeps."""

    puts: Counter[int] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    output_tokens: int = 0

    async def get(self, doc_id: str, page_number: int) -> PageRecord | None:
        return None

    async def put(self, record: PageRecord) -> None:
        self.puts[record.page_number] += 1
        self.statuses[record.status] += 1
        self.verdicts.update(outcome.verdict for outcome in record.attempts)
        self.output_tokens += sum(outcome.completion.usage.output_tokens for outcome in record.attempts)

    async def finished(self, doc_id: str) -> frozenset[int]:
        return frozenset()


@asynccontextmanager
async def simulator() -> AsyncIterator[str]:
    """A simulator in a process of its own; gives its address."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.simulator", *ARGUMENTS, *TROUBLE, cwd=REPO, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.terminate()
        await process.communicate()


def resident_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def read_all(engine: ServerEngine, cache: CountingCache) -> tuple[list[SliceReport], list[float]]:
    """Slice after slice, as a shard does; the peak of resident memory after each."""
    layer = TextLayer(text="The text layer", trusted=True, signals={"layer_trusted": True})
    tools = replace(
        reading(engine, ImaginaryPages(layer=layer), backoff=Backoff(first_seconds=0.02, ceiling_seconds=0.5)),
        sleep=asyncio.sleep,
        rng=random.Random(1),
    )
    context = ReadContext(tools, cache, asyncio.Semaphore(engine.concurrency + 2), Progress())
    reports, memory = [], []
    for first in range(1, PAGES + 1, SLICE):
        reports.append(await read_slice([page(number) for number in range(first, first + SLICE)], context))
        tools.reader.rendered.clear()  # type: ignore[attr-defined]
        memory.append(resident_mb())
    return reports, memory


@pytest.mark.slow
@pytest.mark.timeout(900)  # half a minute on two idle cores, ten times that where others work too
async def test_every_page_ends_in_exactly_one_record() -> None:
    cache = CountingCache()
    async with simulator() as url:
        inference = {"profile": "generic", "max_concurrency": LIMIT, "idle_seconds": 1, "first_token_seconds": 60}
        settings = load_settings({"server": url, "inference": inference}, environ={})
        async with open_server_engine(settings, environ={}) as engine:
            reports, memory = await read_all(engine, cache)
            serving = engine.serving()
        async with httpx.AsyncClient(trust_env=False) as client:
            stats = (await client.get(f"{url}/_stats")).json()

    assert cache.puts == Counter(range(1, PAGES + 1))
    assert cache.statuses.total() == sum(sum(report.statuses.values()) for report in reports) == PAGES
    # A page may lose all its eight attempts or time out three times; nearly none does. None is blamed for the server's faults.
    assert cache.statuses["ok"] >= 0.995 * PAGES
    assert set(cache.verdicts) == {"ok", "length", "malformed", "repetition", "rotation"}
    # What the engine counted is what the records hold.
    assert serving.pages == PAGES
    assert serving.attempts == cache.verdicts.total()
    assert serving.output_tokens == cache.output_tokens == sum(report.output_tokens for report in reports)
    assert serving.requests == serving.attempts + sum(serving.faults.values())
    assert serving.servers[0].in_flight == 0
    # What the server saw agrees: nothing was asked twice behind our back, and never too much at once.
    assert set(serving.faults) >= {"refused", "reset", "throttled", "server_error", "protocol", "timeout"}
    assert stats["requests"] <= serving.requests + serving.probes
    assert stats["most_in_flight"] <= LIMIT
    assert serving.servers[0].most_in_flight <= LIMIT
    # Not one for each loop: at this speed the server may have written all of it before it hears of the abort.
    assert stats["aborted"] > 0
    assert 0.15 < sum(stats["faults"].values()) / stats["requests"] < 0.25
    # Memory is flat: the second half of the pages adds nothing to speak of.
    assert memory[-1] - memory[len(memory) // 2] < 12, memory
