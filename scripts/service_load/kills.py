"""kill -9 at random moments under load: of the service and of its workers. Every accepted job ends as if nothing had been."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import psutil

from olmocr_core.storage.files import is_temporary
from scripts.service_load.clients import PATH, open_client
from scripts.service_load.documents import Documents
from scripts.service_load.serving import Served


async def survive_kills(service: Served, documents: Documents, kills: int, seed: int) -> dict[str, Any]:
    """Kill at ``kills`` moments while documents come; what became of the accepted ones."""
    chosen = random.Random(seed)
    accepted: dict[str, bytes] = {}
    killed: Counter[str] = Counter()
    stop = asyncio.Event()
    async with open_client(service) as client:
        sending = [asyncio.create_task(_send(client, documents, chosen, accepted, stop)) for _ in range(6)]
        for _ in range(kills):
            await asyncio.sleep(chosen.uniform(0.5, 4))
            killed[await asyncio.to_thread(_kill_one, service, chosen)] += 1
        stop.set()
        await asyncio.gather(*sending)
        ended = {job: await _result(client, job) for job in accepted}
    return {
        "kills": dict(killed),
        "accepted": len(accepted),
        "lost_or_failed": sorted(job for job, text in ended.items() if text is None),
        "texts": {accepted[job]: text for job, text in ended.items()},
        "left_behind": [str(path.relative_to(service.data)) for path in find_left_behind(service.data)],
    }


def find_left_behind(data: Path) -> list[Path]:
    """What an interrupted write or upload has left in a data folder."""
    return [path for path in data.rglob("*") if is_temporary(path)]


async def _send(
    client: httpx.AsyncClient,
    documents: Documents,
    chosen: random.Random,
    accepted: dict[str, bytes],
    stop: asyncio.Event,
) -> None:
    while not stop.is_set():
        data = documents.make(chosen.choice((1, 1, 2, 5)))
        try:
            answer = await client.post(PATH, content=data)
        except httpx.HTTPError:
            # It was killed, or is not back: whatever was not answered was not accepted.
            await asyncio.sleep(0.2)
            continue
        if answer.status_code in (200, 202):
            accepted[answer.json()["id"]] = data
        await asyncio.sleep(chosen.uniform(0, 0.5))


def _kill_one(service: Served, chosen: random.Random) -> str:
    processes = service.processes()
    if chosen.random() < 0.5 and len(processes) > 1:
        try:
            chosen.choice(processes[1:]).kill()
        except psutil.NoSuchProcess:
            return "a worker that had ended"
        return "worker"
    service.kill()
    service.start()
    return "service"


async def _result(client: httpx.AsyncClient, job: str) -> str | None:
    found = await client.get(f"{PATH}/{job}", params={"wait": 300})
    if not found.is_success or found.json()["state"] != "done":
        return None
    return (await client.get(f"{PATH}/{job}/result", params={"format": "markdown"})).text
