"""Clients that send documents and wait for them, and what they saw."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from statistics import quantiles

import httpx

from scripts.service_load.documents import Documents
from scripts.service_load.serving import Served

PATH = "/v1/documents"
# What most users send, and some of what they send.
_PAGES = (1,) * 14 + (3,) * 3 + (12, 30)
_CACHED_SHARE = 0.3


@dataclass
class Seen:
    """Seconds until each answer by kind of document, answers by status, and the jobs that were accepted."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    jobs: dict[str, str] = field(default_factory=dict)

    def add(self, kind: str, seconds: float) -> None:
        """Note a finished document."""
        self.seconds.setdefault(kind, []).append(seconds)


def percentiles(seconds: list[float]) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds."""
    if len(seconds) < 2:
        return (seconds[0] * 1000,) * 2 if seconds else (0.0, 0.0)
    cut = quantiles(seconds, n=20, method="inclusive")
    return cut[9] * 1000, cut[18] * 1000


def open_client(service: Served, connections: int = 1000) -> httpx.AsyncClient:
    """A client of the service for many requests at once."""
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    return httpx.AsyncClient(base_url=service.url, timeout=400, limits=limits, trust_env=False)


async def send_one(client: httpx.AsyncClient, data: bytes, seen: Seen, kind: str, wait: int = 300) -> str | None:
    """Send a document and wait for it; the id of its job, None if it was refused."""
    started = time.monotonic()
    answer = await client.post(PATH, content=data, params={"wait": wait})
    seen.statuses[answer.status_code] += 1
    if answer.status_code not in (200, 202):
        return None
    job = answer.json()
    seen.jobs[job["id"]] = job["state"]
    if answer.status_code == 200:
        seen.add(kind, time.monotonic() - started)
    return str(job["id"])


async def one_after_the_other(client: httpx.AsyncClient, documents: Documents, number: int, seen: Seen) -> None:
    """One-page documents that nobody has sent, each then once more."""
    for _ in range(number):
        data = documents.make()
        await send_one(client, data, seen, "new")
        await send_one(client, data, seen, "cached")


async def many(client: httpx.AsyncClient, documents: Documents, clients: int, seconds: float, seen: Seen) -> None:
    """Many clients at once that send documents of all sizes, some of which were sent before."""
    deadline = time.monotonic() + seconds
    sent: list[bytes] = []

    async def one(chosen: random.Random) -> None:
        while time.monotonic() < deadline:
            if sent and chosen.random() < _CACHED_SHARE:
                await send_one(client, chosen.choice(sent), seen, "sent before")
                continue
            pages = chosen.choice(_PAGES)
            data = documents.make(pages)
            await send_one(client, data, seen, f"{pages} pages")
            if len(data) < 500_000 and len(sent) < 500:
                sent.append(data)

    await asyncio.gather(*(one(random.Random(number)) for number in range(clients)))


async def wait_for_all(client: httpx.AsyncClient, seen: Seen) -> dict[str, int]:
    """Wait until every accepted job has ended; the jobs by state, ``lost`` for those that the service does not know."""
    states: Counter[str] = Counter()
    gate = asyncio.Semaphore(50)

    async def one(job: str) -> None:
        async with gate:
            answer = await client.get(f"{PATH}/{job}", params={"wait": 300})
            states[answer.json()["state"] if answer.is_success else "lost"] += 1

    await asyncio.gather(*(one(job) for job in seen.jobs))
    return dict(states)
