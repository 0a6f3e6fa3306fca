from __future__ import annotations

import asyncio

from tests.service.conftest import Opener, started
from tests.service.documents import PAPER, PATH, a_pdf
from tests.service.engines import Held


async def test_who_waits_for_a_document_that_is_deleted_is_told(local: Opener) -> None:
    engine = Held(first=0)
    async with local(engine) as client:
        waiting = asyncio.create_task(client.put("/process", content=PAPER))
        await engine.wait_until_asked(1)
        job = (
            await client.get(PATH, params={"sha256": (await client.post(PATH, content=PAPER)).json()["sha256"]})
        ).json()
        await started(client, job[0]["id"])
        await client.delete(f"{PATH}/{job[0]['id']}")
        assert (await waiting).status_code == 410


async def test_a_full_queue_refuses_before_the_body_is_received(local: Opener) -> None:
    engine = Held(first=0)
    async with local(engine, most_queued=1, jobs_at_once=1) as client:
        await client.post(PATH, content=PAPER)
        await engine.wait_until_asked(1)
        await client.post(PATH, content=a_pdf(1))
        refused = await client.put("/tika", content=a_pdf(1, seed=2))
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
