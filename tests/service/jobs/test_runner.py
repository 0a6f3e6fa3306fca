"""Jobs end whatever the engine does; over the real reader with scripted engines."""

from __future__ import annotations

import asyncio

import pytest

from olmocr_core.domain.errors import EngineUnavailable
from olmocr_core.domain.models import Completion
from olmocr_core.domain.ports import PageRequest
from olmocr_core.domain.settings import Settings
from olmocr_core.engines.scripted import ScriptedEngine, Step, instant
from service.jobs import endings, runner
from service.jobs.data_folder import DataFolder
from service.jobs.models import Job
from service.jobs.store import JobStore
from tests.service.conftest import Opener, first_page
from tests.service.documents import PAPER, PATH, PHOTO, a_pdf, send
from tests.service.engines import Held


async def test_small_documents_pass_a_large_one(local: Opener) -> None:
    engine = Held()
    async with local(engine, small_pages=3, jobs_at_once=2) as client:
        large = (await send(client, a_pdf(12), "large.pdf")).json()
        other = (await send(client, a_pdf(9, seed=1), "other.pdf")).json()
        small = [(await send(client, a_pdf(1, seed=n), wait=20)).json()["state"] for n in (2, 3, 4)]
        assert small == ["done"] * 3
        states = [(await client.get(f"{PATH}/{one['id']}")).json()["state"] for one in (large, other)]
        assert states == ["running", "queued"]
        engine.release()
        for one, pages in ((large, 12), (other, 9)):
            ended = (await client.get(f"{PATH}/{one['id']}", params={"wait": 20})).json()
            assert (ended["state"], ended["pages_done"]) == ("done", pages)


async def test_a_large_document_puts_few_pages_before_the_engine(local: Opener) -> None:
    engine = Held(first=0)
    async with local(engine) as client:
        job = (await send(client, a_pdf(30))).json()
        most = engine.concurrency
        await asyncio.wait_for(engine.wait_until_asked(most), 20)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(engine.wait_until_asked(most + 1), 0.3)
        engine.release()
        assert (await client.get(f"{PATH}/{job['id']}", params={"wait": 20})).json()["pages_done"] == 30


async def test_while_small_documents_come_one_place_is_left_for_them(local: Opener) -> None:
    engine = Held(first=1)
    async with local(engine) as client:
        assert (await send(client, a_pdf(1, seed=1), wait=20)).json()["state"] == "done"
        job = (await send(client, a_pdf(30))).json()
        # The small one, page 1, which does not stay, and as many as stay.
        most = 2 + engine.concurrency - 1
        await asyncio.wait_for(engine.wait_until_asked(most), 20)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(engine.wait_until_asked(most + 1), 0.3)
        engine.release()
        assert (await client.get(f"{PATH}/{job['id']}", params={"wait": 20})).json()["pages_done"] == 30


async def test_an_engine_that_is_away_costs_a_wait(local: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endings, "_FIRST_WAIT_SECONDS", 0.05)

    class Away(ScriptedEngine):
        calls_left = 2

        async def transcribe(self, request: PageRequest) -> Completion:
            if request.page.page_number == 2 and self.calls_left:
                self.calls_left -= 1
                raise_away()
            return await super().transcribe(request)

        async def pause(self, seconds: float) -> None:
            raise_away()

    def raise_away() -> None:
        raise EngineUnavailable("the model server does not answer")

    engine = Away(name="instant")
    async with local(engine) as client:
        ended = (await send(client, PAPER, wait=20)).json()
        assert (ended["state"], ended["reasons"]) == ("done", [])
        # Page 1 was read once, whatever happened to page 2.
        assert [request.page.page_number for request in engine.requests].count(1) == 1


async def test_a_fault_of_the_service_fails_the_job_and_not_the_service(
    local: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with local() as client:
        with monkeypatch.context() as broken:
            broken.setattr(DataFolder, "write_result", lambda *_: 1 // 0)
            failed = (await send(client, PAPER, wait=20)).json()
        assert (failed["state"], failed["reasons"][0]["code"]) == ("failed", "internal_error")
        # It has no record: the same request tries again.
        assert (await send(client, PAPER, wait=20)).json()["state"] == "done"
        assert (await send(client, PHOTO, wait=20)).json()["state"] == "done"


@pytest.mark.parametrize("error", [EngineUnavailable("no server answers at http://gpu:30000"), ValueError("a bug")])
async def test_without_an_engine_documents_are_accepted_and_wait(
    local: Opener, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(runner, "_OPEN_AGAIN_SECONDS", 0.01)
    starts = 0

    class Starting(ScriptedEngine):
        def adapt_settings(self, settings: Settings) -> Settings:
            nonlocal starts
            starts += 1
            if starts < 4:
                raise error
            return settings

    async with local(Starting(name="instant")) as client:
        assert (await send(client, PAPER, wait=20)).json()["state"] == "done"
        assert (await client.get("/ready")).json() == {"status": "ready"}
    assert starts == 4


async def test_a_job_whose_end_could_not_be_stored_ends_later(local: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_OPEN_AGAIN_SECONDS", 0.01)
    saved, refusals = JobStore.save, 2

    async def save(store: JobStore, job: Job) -> None:
        nonlocal refusals
        if refusals:
            refusals -= 1
            raise OSError(28, "No space left on device")
        await saved(store, job)

    monkeypatch.setattr(JobStore, "save", save)
    engine = ScriptedEngine(name="instant")
    async with local(engine) as client:
        assert (await send(client, PAPER, wait=20)).json()["state"] == "done"
    assert (refusals, engine.calls) == (0, 2)


async def test_what_is_in_progress_at_the_end_goes_on_at_the_next_start(local: Opener) -> None:
    read: list[tuple[str, int]] = []

    def note(request: PageRequest, call: int) -> Step:
        read.append((request.page.doc_id, request.page.page_number))
        return instant(request, call)

    engine = Held()
    async with local(engine) as client:
        job = (await send(client, PAPER)).json()
        await first_page(client, job["id"])
    async with local(ScriptedEngine(note, name="instant")) as client:
        ended = (await client.get(f"{PATH}/{job['id']}", params={"wait": 20})).json()
        assert (ended["state"], ended["pages_done"]) == ("done", 2)
    assert read == [(job["sha256"], 2)]
