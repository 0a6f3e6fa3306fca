"""Documents that flow runs read, over a scripted Prefect whose runs fill the page cache with a reader of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from olmocr_core.engines.scripted import ScriptedEngine
from olmocr_core.stages.document_reader import open_reader
from service.api.batch_views import PATH as BATCHES
from service.flow_runs import desk
from service.flow_runs.models import FlowRun
from service.flow_runs.prefect_api import PrefectApi, PrefectAway, PrefectRefused
from service.flow_runs.store import FlowRunStore
from tests.service.conftest import READING, Opener
from tests.service.documents import PAPER, PATH, PHOTO, a_pdf, send


class Prefect:
    """What the flow runs do: ``states`` are told in turn, the last one for ever."""

    def __init__(self) -> None:
        self.states: list[str] = ["COMPLETED"]
        self.reads: int | None = 1000
        self.errors: list[Exception] = []
        self.started: dict[str, dict[str, Any]] = {}
        self.cancelled: list[str] = []
        self.asked = asyncio.Event()

    async def start(self, _: PrefectApi, parameters: dict[str, Any], key: str) -> str:
        if self.errors:
            raise self.errors.pop(0)
        if key not in self.started:
            self.started[key] = parameters
            await self._read(parameters)
        return f"run{len(self.started)}"

    async def state(self, _: PrefectApi, run_id: str) -> str:
        self.asked.set()
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]

    async def cancel(self, _: PrefectApi, run_id: str) -> None:
        self.cancelled.append(run_id)

    async def _read(self, parameters: dict[str, Any]) -> None:
        engine = ScriptedEngine(name="instant")
        async with open_reader(READING, workspace=parameters["workspace"], engine=engine) as reader:
            for source in parameters["sources"]:
                opened = await reader.open(Path(source))
                numbers = list(range(1, min(opened.info.pages, self.reads or 0) + 1))
                assert [page async for page in opened.pages(None, numbers)]


@pytest.fixture
def prefect(monkeypatch: pytest.MonkeyPatch) -> Prefect:
    scripted = Prefect()
    for name in ("start", "state", "cancel"):
        method: Callable[..., Any] = getattr(scripted, name)
        monkeypatch.setattr(PrefectApi, name, lambda self, *args, _method=method: _method(self, *args))
    monkeypatch.setattr(desk, "_POLL_SECONDS", 0.01)
    monkeypatch.setattr(desk, "_AWAY_SECONDS", 0.01)
    return scripted


WITH_PREFECT = {"prefect_api_url": "http://prefect:4200/api", "flow_pages": 2, "flow_documents": 1}


async def test_a_large_document_is_read_by_a_flow_run_with_the_same_answer(local: Opener, prefect: Prefect) -> None:
    engine = ScriptedEngine(name="instant")
    document = a_pdf(4)
    async with local(engine, **WITH_PREFECT) as client:
        job = (await send(client, document, wait=20)).json()
        assert (job["state"], job["pages_done"], engine.calls) == ("done", 4, 0)
        assert job["flow_run"] == "http://prefect:4200/runs/flow-run/run1"
        [parameters] = prefect.started.values()
        assert parameters["engine"] == "instant"
        assert (await client.get(f"{PATH}/{job['id']}/pages/4")).status_code == 200
        small = (await send(client, PAPER, wait=20)).json()
        assert (small["flow_run"], engine.calls, len(prefect.started)) == (None, 2, 1)
        by_flow_run = (await client.get(f"{PATH}/{job['id']}/result")).text
        run = client.state.folder.run(job["id"])
        assert run.is_dir()
        await client.delete(f"{PATH}/{job['id']}")
        assert not run.exists()
    async with local(ScriptedEngine(name="instant")) as client:
        alone = (await send(client, document, wait=20)).json()
        assert (await client.get(f"{PATH}/{alone['id']}/result")).text == by_flow_run


async def test_pages_are_told_while_the_flow_run_goes_on_and_also_after_a_new_start(
    local: Opener, prefect: Prefect
) -> None:
    prefect.states, prefect.reads = ["RUNNING"], 2
    async with local(**WITH_PREFECT) as client:
        job = (await send(client, a_pdf(4))).json()
        progress = client.state.runner.progress(job["id"])
        assert progress
        async with asyncio.timeout(20):
            while len(progress.finished) < 2:
                await progress.bell.wait()
        running = (await client.get(f"{PATH}/{job['id']}")).json()
        assert (running["state"], running["pages"], running["pages_done"]) == ("running", 4, 2)
    prefect.states = ["COMPLETED"]
    engine = ScriptedEngine(name="instant")
    async with local(engine, **WITH_PREFECT) as client:
        # What the flow run left is read by the service.
        ended = (await client.get(f"{PATH}/{job['id']}", params={"wait": 20})).json()
        assert (ended["state"], ended["pages_done"], engine.calls) == ("done", 4, 2)
    assert len(prefect.started) == 1


@pytest.mark.parametrize("state", ["FAILED", "CRASHED", "MISSING"])
async def test_a_flow_run_that_failed_is_started_once_more(local: Opener, prefect: Prefect, state: str) -> None:
    prefect.states, prefect.reads = [state], 3
    engine = ScriptedEngine(name="instant")
    async with local(engine, **WITH_PREFECT) as client:
        job = (await send(client, a_pdf(4), wait=20)).json()
        assert (job["state"], job["pages_done"]) == ("done", 4)
    assert (len(prefect.started), engine.calls) == (2, 1)


async def test_a_flow_run_that_was_cancelled_fails_its_document(local: Opener, prefect: Prefect) -> None:
    prefect.states = ["RUNNING", "CANCELLED"]
    async with local(**WITH_PREFECT) as client:
        job = (await send(client, a_pdf(4), wait=20)).json()
        assert (job["state"], job["reasons"][0]["code"]) == ("failed", "flow_run_cancelled")
        prefect.states = ["COMPLETED"]
        again = (await client.post(PATH, params={"sha256": job["sha256"], "wait": 20})).json()
        assert (again["id"], again["state"]) == (job["id"], "done")
    assert len(prefect.started) == 2


async def test_a_deleted_document_cancels_its_flow_run(local: Opener, prefect: Prefect) -> None:
    prefect.states = ["RUNNING"]
    async with local(**WITH_PREFECT) as client:
        job = (await send(client, a_pdf(4))).json()
        await asyncio.wait_for(prefect.asked.wait(), 20)
        assert (await client.delete(f"{PATH}/{job['id']}")).status_code == 204
        assert (await client.get(f"{PATH}/{job['id']}")).status_code == 404
    assert prefect.cancelled == ["run1"]


@pytest.mark.parametrize("error", [PrefectAway("away"), PrefectRefused("no such deployment"), ValueError("a bug")])
async def test_a_prefect_that_is_away_is_waited_for_and_one_that_refuses_is_not(
    local: Opener, prefect: Prefect, error: Exception
) -> None:
    prefect.errors = [error]
    engine = ScriptedEngine(name="instant")
    async with local(engine, **WITH_PREFECT) as client:
        assert (await send(client, a_pdf(4), wait=20)).json()["state"] == "done"
    refused = isinstance(error, PrefectRefused)
    assert (len(prefect.started), engine.calls) == ((0, 4) if refused else (1, 0))


async def test_a_batch_is_one_flow_run(local: Opener, prefect: Prefect) -> None:
    engine = ScriptedEngine(name="instant")
    async with local(engine, **WITH_PREFECT) as client:
        files: Any = [("files", ("a.pdf", PAPER)), ("files", ("b.tif", PHOTO)), ("files", ("c.txt", b"no"))]
        prefect.states = ["RUNNING"]
        batch = (await client.post(BATCHES, files=files)).json()
        await asyncio.wait_for(prefect.asked.wait(), 20)
        # Sent again while it is read, it is the same batch and the same flow run.
        assert (await client.post(BATCHES, files=files)).json()["id"] == batch["id"]
        prefect.states = ["COMPLETED"]
        ended = (await client.get(batch["links"]["self"], params={"wait": 20})).json()
        assert ended["counts"] == {"done": 2, "refused": 1}
        assert {one["document"]["flow_run"] for one in ended["documents"][:2]} == {
            "http://prefect:4200/runs/flow-run/run1"
        }
        [parameters] = prefect.started.values()
        assert (len(parameters["sources"]), engine.calls) == (2, 0)
        await client.delete(batch["links"]["self"])
        assert not client.state.folder.run(batch["id"]).exists()


async def test_a_database_that_fails_after_a_refusal_costs_a_wait(
    local: Opener, prefect: Prefect, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefect.errors = [PrefectRefused("no such deployment")] * 2
    saved, refusals = FlowRunStore.save, 1

    async def save(store: FlowRunStore, flow: FlowRun, url: str = "") -> None:
        nonlocal refusals
        if refusals:
            refusals -= 1
            raise OSError(28, "No space left on device")
        await saved(store, flow, url)

    monkeypatch.setattr(FlowRunStore, "save", save)
    async with local(**WITH_PREFECT) as client:
        assert (await send(client, a_pdf(4), wait=20)).json()["state"] == "done"
    assert (refusals, prefect.started) == (0, {})
