from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from service.api import events
from tests.service.conftest import Opener, first_page
from tests.service.documents import PAPER, PATH, a_pdf, send
from tests.service.engines import Held


def parse(text: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Event, id and data of each event."""
    blocks = (block for block in text.split("\n\n") if block and not block.startswith(":"))
    fields = (dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks)
    return [(one["event"], one["id"], json.loads(one["data"])) for one in fields]


async def listen(client: httpx.AsyncClient, job_id: str, last: str = "") -> list[tuple[str, str, dict[str, Any]]]:
    headers = {"Last-Event-ID": last} if last else {}
    answer = await client.get(f"{PATH}/{job_id}/events", headers=headers)
    assert answer.headers["content-type"].startswith("text/event-stream")
    return parse(answer.text)


async def test_one_event_a_page_and_one_at_the_end(local: Opener) -> None:
    engine = Held()
    async with local(engine) as client:
        job = (await send(client, a_pdf(3))).json()
        await first_page(client, job["id"])
        listening = asyncio.create_task(listen(client, job["id"]))
        await asyncio.sleep(0)
        engine.release()
        *pages, end = await listening
        assert [(name, data["pages_done"], data["pages"]) for name, _, data in pages] == [
            ("page", n, 3) for n in (1, 2, 3)
        ]
        assert sorted(data["page"] for _, _, data in pages) == [1, 2, 3]
        assert (end[0], end[1], end[2]["state"]) == ("end", "1-3,end", "done")


async def test_whoever_comes_late_or_again_misses_nothing_and_hears_nothing_twice(local: Opener) -> None:
    async with local() as client:
        job = (await send(client, a_pdf(3), wait=20)).json()
        everything = await listen(client, job["id"])
        assert [data.get("page") for _, _, data in everything] == [1, 2, 3, None]
        rest = await listen(client, job["id"], "2")
        assert [(name, event_id) for name, event_id, _ in rest] == [
            ("page", "1-2"),
            ("page", "1-3"),
            ("end", "1-3,end"),
        ]
        ended = await client.get(f"{PATH}/{job['id']}/events", headers={"Last-Event-ID": "1-3,end"})
        assert (ended.status_code, ended.text) == (204, "")


async def test_a_document_that_failed_has_its_end_alone(local: Opener) -> None:
    async with local() as client:
        job = (await send(client, PAPER[:2000], wait=20)).json()
        ((name, _, data),) = await listen(client, job["id"])
        assert (name, data["state"], bool(data["reasons"])) == ("end", "failed", True)


async def test_a_deleted_document_ends_its_events(local: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_SILENCE_SECONDS", 0.02)
    async with local(Held()) as client:
        job = (await send(client, PAPER)).json()
        await first_page(client, job["id"])
        listening = asyncio.create_task(client.get(f"{PATH}/{job['id']}/events"))
        await asyncio.sleep(0.1)
        await client.delete(f"{PATH}/{job['id']}")
        text = (await listening).text
        assert ": still here\n\n" in text
        assert parse(text)[-1][2]["state"] == "cancelled"
