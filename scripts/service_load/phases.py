"""What is measured: latency alone, many clients, a large document beside small ones, the hostile corpus."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path
from typing import Any

from scripts.service_load.clients import (
    PATH,
    Seen,
    many,
    one_after_the_other,
    open_client,
    percentiles,
    send_one,
    wait_for_all,
)
from scripts.service_load.documents import Documents
from scripts.service_load.serving import Served

Figures = dict[str, Any]


async def measure_latency(service: Served, documents: Documents, number: int = 60) -> Figures:
    """One-page born-digital documents, one after the other, new and sent before."""
    seen = Seen()
    async with open_client(service) as client:
        await one_after_the_other(client, documents, 5, Seen())
        await one_after_the_other(client, documents, number, seen)
    return {f"{kind}_ms_p50_p95": _rounded(percentiles(seconds)) for kind, seconds in seen.seconds.items()}


async def measure_load(service: Served, documents: Documents, clients: int, seconds: float) -> Figures:
    """Many clients for some time: what they waited, what the service used, and whether a job was lost."""
    seen, memory = Seen(), [service.memory_mb()]

    async def watch() -> None:
        while True:
            await asyncio.sleep(1)
            memory.append(service.memory_mb())

    watching = asyncio.create_task(watch())
    started = time.monotonic()
    async with open_client(service) as client:
        await many(client, documents, clients, seconds, seen)
        states = await wait_for_all(client, seen)
    watching.cancel()
    ended = sum(len(found) for found in seen.seconds.values())
    return {
        "clients": clients,
        "seconds": round(time.monotonic() - started, 1),
        "answers_by_status": dict(seen.statuses),
        "accepted": len(seen.jobs),
        "jobs_by_state": states,
        "documents_a_second": round(ended / (time.monotonic() - started), 1),
        "ms_p50_p95": {kind: _rounded(percentiles(found)) for kind, found in sorted(seen.seconds.items())},
        "memory_mb_first_most_last": [round(value) for value in _memory(memory)],
        "worker_memory_mb_most": round(max(workers for _, workers in memory)),
    }


async def measure_fairness(service: Served, documents: Documents, pages: int, number: int = 40) -> Figures:
    """Small documents alone, and while a large one is read: what the large one costs them."""
    alone, beside = Seen(), Seen()
    async with open_client(service) as client:
        for _ in range(number):
            await send_one(client, documents.make(), alone, "small")
        large = await send_one(client, documents.make(pages), Seen(), "large", wait=0)
        async with client.stream("GET", f"{PATH}/{large}/events") as events:
            await anext(line async for line in events.aiter_lines() if line.startswith("event: page"))
        for _ in range(number):
            await send_one(client, documents.make(), beside, "small")
        state = (await client.get(f"{PATH}/{large}")).json()
        await client.get(f"{PATH}/{large}", params={"wait": 300})
    return {
        "large_pages": pages,
        "large_pages_done_at_the_end": state["pages_done"],
        "alone_ms_p50_p95": _rounded(percentiles(alone.seconds["small"])),
        "beside_ms_p50_p95": _rounded(percentiles(beside.seconds["small"])),
    }


async def measure_hostile(service: Served, documents: Documents, corpus: Path) -> Figures:
    """Every file of a corpus of hostile documents, while good ones go through."""
    seen, good, stop = Seen(), Seen(), asyncio.Event()
    gate = asyncio.Semaphore(8)

    async with open_client(service) as client:

        async def well_meant() -> None:
            while not stop.is_set():
                await send_one(client, documents.make(), good, "good")

        async def hostile(path: Path) -> None:
            async with gate:
                await send_one(client, await asyncio.to_thread(path.read_bytes), seen, "hostile")

        going = asyncio.create_task(well_meant())
        files = await asyncio.to_thread(_files, corpus)
        await asyncio.gather(*map(hostile, files))
        states = await wait_for_all(client, seen)
        stop.set()
        await going
        codes: Counter[str] = Counter()
        for job in seen.jobs:
            for reason in (await client.get(f"{PATH}/{job}")).json()["reasons"]:
                codes[reason["code"]] += 1
    return {
        "files": len(files),
        "answers_by_status": dict(seen.statuses),
        "jobs_by_state": states,
        "internal_errors": codes["internal_error"],
        "good_meanwhile": len(good.seconds.get("good", [])),
        "good_ms_p50_p95": _rounded(percentiles(good.seconds.get("good", []))),
    }


def _files(corpus: Path) -> list[Path]:
    return sorted(path for path in corpus.rglob("*") if path.is_file() and path.suffix not in (".md", ".csv"))


def _rounded(found: tuple[float, float]) -> list[float]:
    return [round(value, 1) for value in found]


def _memory(samples: list[tuple[float, float]]) -> list[float]:
    own = [main for main, _ in samples if main]
    return [own[0], max(own), own[-1]]
