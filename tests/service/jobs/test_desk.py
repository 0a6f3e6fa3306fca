"""The same bytes with the same options are one job, also when they come at once, and what is deleted is gone."""

from __future__ import annotations

import asyncio

from olmocr_core.domain.settings import Settings
from olmocr_core.engines.scripted import ScriptedEngine
from service.jobs.models import RESULT_FORMATS, JobOptions
from service.state import ServiceState
from tests.service import conftest
from tests.service.conftest import Opener, first_page, started
from tests.service.documents import PAPER, PATH, PHOTO, a_pdf, send
from tests.service.engines import Held


def stored_documents(state: ServiceState) -> list[str]:
    return sorted(path.name for path in state.folder.root.glob("documents/*/*"))


async def test_the_same_document_sent_at_once_is_read_once(local: Opener) -> None:
    engine = ScriptedEngine(name="instant")
    async with local(engine) as client:
        answers = await asyncio.gather(*(send(client, PAPER, f"{n}.pdf", wait=20) for n in range(8)))
        assert {answer.json()["id"] for answer in answers} == {answers[0].json()["id"]}
        assert (await send(client, PAPER, "again.pdf")).status_code == 200
        assert len(stored_documents(client.state)) == 1
    assert engine.calls == 2


async def test_other_options_are_another_job_over_the_same_pages(local: Opener) -> None:
    engine = ScriptedEngine(name="instant")
    async with local(engine) as client:
        one = (await send(client, PAPER, wait=20)).json()
        other = (await send(client, PAPER, wait=20, formats="json")).json()
        assert one["id"] != other["id"]
        assert engine.calls == 2
        assert (await client.delete(f"{PATH}/{one['id']}")).status_code == 204
        # The other one needs its document still.
        assert stored_documents(client.state) == [one["sha256"]]
        assert (await client.get(f"{PATH}/{other['id']}/pages/1")).status_code == 200
        assert (await client.delete(f"{PATH}/{other['id']}")).status_code == 204
        assert stored_documents(client.state) == []
        assert list(client.state.folder.workspace.glob("pages/*/*")) == []


async def test_deleting_ends_what_is_running_and_who_waits_for_it_is_told(local: Opener) -> None:
    engine = Held()
    async with local(engine) as client:
        job = (await send(client, PAPER)).json()
        waiting = asyncio.create_task(client.get(f"{PATH}/{job['id']}", params={"wait": 20}))
        await first_page(client, job["id"])
        assert (await client.delete(f"{PATH}/{job['id']}")).status_code == 204
        assert (await waiting).status_code == 410
        assert (await client.get(f"{PATH}/{job['id']}")).status_code == 404
        engine.release()
        assert (await send(client, PAPER, wait=20)).json()["state"] == "done"


async def test_a_deletion_that_a_kill_interrupted_is_finished_at_the_next_start(local: Opener) -> None:
    async with local() as client:
        job = (await send(client, PAPER, wait=20)).json()
        found = await client.state.desk.find(job["id"])
        assert found
        store = client.state.desk._store
        await store.save(found.job.model_copy(update={"state": "cancelled"}))
    async with local() as client:
        assert (await client.get(f"{PATH}/{job['id']}")).status_code == 404
        assert stored_documents(client.state) == []


async def test_a_document_without_a_job_goes_at_the_next_start(local: Opener) -> None:
    async with local() as client:
        place = client.state.folder.document("ab" * 32)
        place.parent.mkdir(parents=True)
        place.write_bytes(b"%PDF-")
    async with local() as client:
        assert stored_documents(client.state) == []


async def test_the_queue_is_bounded_and_what_is_known_costs_no_place(local: Opener) -> None:
    engine = Held(first=0)
    async with local(engine, jobs_at_once=1, most_queued=1) as client:
        running = (await send(client, PAPER)).json()
        await started(client, running["id"])
        waiting = await send(client, PHOTO)
        assert (waiting.status_code, waiting.json()["position"]) == (202, 0)
        refused = await send(client, a_pdf(1))
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
        assert (await client.post(PATH, params={"sha256": running["sha256"]})).json()["id"] == running["id"]
        engine.release()
        assert (await client.get(f"{PATH}/{waiting.json()['id']}", params={"wait": 20})).json()["state"] == "done"
        assert (await send(client, a_pdf(1), wait=20)).json()["state"] == "done"


async def test_other_settings_of_reading_read_a_document_anew(local: Opener, monkeypatch: object) -> None:
    first, second = ScriptedEngine(name="instant"), ScriptedEngine(name="instant")
    async with local(first) as client:
        job = (await send(client, PAPER, wait=20)).json()
    larger = conftest.READING.model_dump(exclude_unset=True) | {"render": {"longest_side": 900}}
    monkeypatch.setattr(conftest, "READING", Settings.model_validate(larger))  # type: ignore[attr-defined]
    async with local(second) as client:
        assert (await client.get(f"{PATH}/{job['id']}/pages/1")).status_code == 410
        again = (await send(client, PAPER, wait=20)).json()
        assert (again["id"], again["state"]) == (job["id"], "done")
    assert (first.calls, second.calls) == (2, 2)


def test_options_have_one_digest() -> None:
    assert JobOptions().digest == JobOptions(formats=RESULT_FORMATS).digest
