"""Options of the native API: what a client may choose, and what it may not."""

from __future__ import annotations

import asyncio

import pytest

from olmocr_core.domain.models import PageRecord
from olmocr_core.engines.scripted import ScriptedEngine
from tests.service.conftest import Opener, started
from tests.service.documents import PAPER, PATH, a_pdf, send
from tests.service.engines import Held


async def test_pages_reads_those_alone(local: Opener) -> None:
    engine = ScriptedEngine(name="instant")
    five = a_pdf(5)
    async with local(engine) as client:
        job = (await send(client, five, pages="4-9, 2", wait=20)).json()
        assert (job["state"], job["pages"], job["pages_done"], job["options"]["pages"]) == ("done", 3, 3, "2,4-9")
        # Another spelling is the same job; all pages are another one, which finds these finished.
        assert (await send(client, five, pages="2,4-9")).json()["id"] == job["id"]
        result = (await client.get(f"{PATH}/{job['id']}/result", params={"format": "json"})).json()
        assert [page["page_number"] for page in result["pages"]] == [2, 4, 5]
        assert (await client.get(f"{PATH}/{job['id']}/pages/5")).status_code == 200
        whole = (await send(client, five, wait=20)).json()
        assert (whole["pages_done"], whole["id"] != job["id"]) == (5, True)
    assert engine.calls == 5


async def test_pages_that_a_document_lacks_fail_it_with_a_sentence(local: Opener) -> None:
    async with local() as client:
        job = (await send(client, PAPER, "paper.pdf", pages="7-9", wait=20)).json()
    assert job["state"] == "failed"
    assert job["reasons"][0]["message"] == "paper.pdf has 2 pages: none of 7-9 is among them"


async def test_an_engine_is_chosen_by_name_from_those_that_are_offered(local: Opener) -> None:
    async with local(engines=("cpu",)) as client:
        assert client.state.runners.named("cpu").reader is None
        own = (await send(client, PAPER, engine="instant", wait=20)).json()
        other = (await send(client, PAPER, engine="cpu", wait=60)).json()
        assert (own["state"], own["options"]["engine"]) == ("done", "")
        assert (other["state"], other["options"]["engine"]) == ("done", "cpu")
        read = [
            PageRecord.model_validate((await client.get(f"{PATH}/{job['id']}/pages/1")).json()) for job in (own, other)
        ]
        assert [page.engine.partition(":")[0] for page in read] == ["instant", "cpu"]
        refused = await send(client, PAPER, engine="sglang")
    assert (refused.status_code, refused.json()["detail"]) == (422, "option engine: this service offers instant, cpu")


async def test_a_higher_priority_goes_first_and_a_lower_one_never_back(local: Opener) -> None:
    engine = Held(first=0)
    async with local(engine, jobs_at_once=1) as client:
        first = (await send(client, a_pdf(1))).json()
        await asyncio.wait_for(started(client, first["id"]), 20)
        documents = {priority: a_pdf(1, seed) for seed, priority in enumerate(("low", "normal", "high"), 1)}
        low, normal, high = [
            (await send(client, data, priority=priority)).json() for priority, data in documents.items()
        ]

        async def positions() -> list[int]:
            found = [(await client.get(f"{PATH}/{job['id']}")).json() for job in (low, normal, high)]
            return [job["position"] for job in found]

        assert await positions() == [2, 1, 0]
        # Sent once more with another priority, it is the same job.
        assert (await send(client, documents["low"], priority="high")).json()["id"] == low["id"]
        assert (await send(client, documents["high"], priority="low")).json()["priority"] == "high"
        assert await positions() == [0, 2, 1]
        engine.release()
        assert (await client.get(f"{PATH}/{normal['id']}", params={"wait": 20})).json()["state"] == "done"


@pytest.mark.parametrize(
    ("option", "value"), [("pages", "0"), ("pages", "b"), ("priority", "max"), ("engine", "x" * 99), ("model", "m")]
)
async def test_what_is_wrong_is_named(local: Opener, option: str, value: str) -> None:
    async with local() as client:
        answer = await send(client, PAPER, **{option: value})
    assert answer.status_code == 422
    assert option in answer.json()["detail"]


async def test_the_time_to_the_end_is_estimated_once_pages_have_finished(local: Opener) -> None:
    engine = Held(first=2)
    async with local(engine, jobs_at_once=1) as client:
        assert (await send(client, PAPER, wait=20)).json()["estimate_seconds"] is None
        job = (await send(client, a_pdf(6))).json()
        progress = client.state.runner.progress(job["id"])
        while progress and len(progress.finished) < 2:
            await progress.bell.wait()
        waiting = (await send(client, a_pdf(1, seed=9))).json()
        reading = (await client.get(f"{PATH}/{job['id']}")).json()
        assert 0 < reading["estimate_seconds"] < waiting["estimate_seconds"]
        engine.release()
