"""Contract: a worker runs in ``start``, submits by ``_submit_scheduled_flow_runs``, and counts flow runs by ``_limiter``."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import anyio
import pytest
from prefect.workers.base import BaseWorker
from prefect.workers.process import ProcessWorker

from tasks.prefect_compat import apply_to_worker


@pytest.fixture
def at_once() -> Iterator[asyncio.Event]:
    """Set by the handler of SIGTERM that was there before: what Prefect's command line installs."""
    event = asyncio.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: event.set())
    yield event
    signal.signal(signal.SIGTERM, before)


def entries(*runs: object) -> list[Any]:
    return [SimpleNamespace(flow_run=SimpleNamespace(id=run)) for run in runs]


async def test_a_worker_ends_after_its_flow_runs_and_takes_no_others(
    monkeypatch: pytest.MonkeyPatch, at_once: asyncio.Event
) -> None:
    offered: list[list[Any]] = []

    async def submit(flow_run_response: list[Any]) -> list[Any]:
        offered.append(flow_run_response)
        return flow_run_response

    async def start(_: object, **__: object) -> None:
        await at_once.wait()

    monkeypatch.setattr(BaseWorker, "start", start)
    apply_to_worker(drains=True)
    apply_to_worker(drains=True)
    worker, run, said = ProcessWorker(work_pool_name="gpu", limit=2), uuid4(), asyncio.Queue[str]()
    worker._limiter = anyio.CapacityLimiter(2)
    worker._limiter.acquire_on_behalf_of_nowait(run)
    monkeypatch.setattr(worker, "_submit_scheduled_flow_runs", submit)
    running = asyncio.create_task(worker.start(printer=said.put_nowait))
    await asyncio.sleep(0)
    await worker._submit_scheduled_flow_runs(flow_run_response=entries(uuid4()))
    os.kill(os.getpid(), signal.SIGTERM)
    assert "ends after the 1 that it has" in await asyncio.wait_for(said.get(), 10)
    await worker._submit_scheduled_flow_runs(flow_run_response=entries(uuid4()))
    assert [len(each) for each in offered] == [1, 0]
    assert not at_once.is_set()
    worker._limiter.release_on_behalf_of(run)
    await asyncio.wait_for(running, 10)
    assert at_once.is_set()


async def test_a_second_signal_ends_it_at_once(monkeypatch: pytest.MonkeyPatch, at_once: asyncio.Event) -> None:
    async def start(_: object, **__: object) -> None:
        await at_once.wait()

    monkeypatch.setattr(BaseWorker, "start", start)
    apply_to_worker(drains=True)
    worker, said = ProcessWorker(work_pool_name="gpu", limit=1), asyncio.Queue[str]()
    worker._limiter = anyio.CapacityLimiter(1)
    worker._limiter.acquire_on_behalf_of_nowait(uuid4())
    running = asyncio.create_task(worker.start(printer=said.put_nowait))
    await asyncio.sleep(0)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(said.get(), 10)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(running, 10)


async def test_prefects_worker_polls_in_the_method_that_is_patched() -> None:
    apply_to_worker(drains=True)
    assert ProcessWorker.start is BaseWorker.start
    assert ProcessWorker._submit_scheduled_flow_runs is BaseWorker._submit_scheduled_flow_runs
