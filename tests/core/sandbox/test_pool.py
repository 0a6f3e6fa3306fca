"""The pool: its workers, its limits, its callers."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import psutil
import pytest

from olmocr_core.domain.errors import (
    PageTimeout,
    RunError,
)
from olmocr_core.sandbox.pool import WorkerPool
from tests.core.sandbox.workers import LIMITS, WRITING, appears, gone, op


async def test_answers_with_the_ops_result_and_keeps_its_worker() -> None:
    async with WorkerPool(1, LIMITS) as pool:
        assert await pool.call(op("echo"), {"a": (1, b"\0", "é")}) == {"a": (1, b"\0", "é")}
        assert [await pool.call(op("count")) for _ in range(3)] == [1, 2, 3]


async def test_large_answers_pass() -> None:
    async with WorkerPool(1, LIMITS) as pool:
        sent = os.urandom(1 << 20) * 8
        assert await pool.call(op("echo"), sent) == sent


async def test_workers_start_when_needed_and_no_more_than_allowed() -> None:
    async with WorkerPool(2, LIMITS) as pool:
        assert len({await pool.call(op("who")) for _ in range(4)}) == 1
        assert len(set(await asyncio.gather(*(pool.call(op("who")) for _ in range(12))))) == 2


async def test_callers_are_served_in_order(tmp_path: Path) -> None:
    started, order = tmp_path / "started", []

    async def queue_up(number: int) -> None:
        await pool.call(op("echo"), number)
        order.append(number)

    async with WorkerPool(1, WRITING) as pool:
        first = asyncio.create_task(pool.call(op("wait_for_signal_then"), str(started), "x"))
        worker = int(await appears(started))
        others = [asyncio.create_task(queue_up(number)) for number in range(8)]
        await asyncio.sleep(0)
        os.kill(worker, signal.SIGUSR1)
        await asyncio.gather(first, *others)
    assert order == list(range(8))


async def test_a_call_prefers_the_worker_that_knows_its_document() -> None:
    async with WorkerPool(2, LIMITS) as pool:
        first, second = await asyncio.gather(pool.call(op("who"), affinity="a"), pool.call(op("who"), affinity="b"))
        assert first != second
        for _ in range(3):
            assert await pool.call(op("who"), affinity="a") == first
            assert await pool.call(op("who"), affinity="b") == second


@pytest.mark.parametrize("name", ["hang", "spin"])
async def test_overtime_costs_the_call_and_the_worker(name: str) -> None:
    async with WorkerPool(1, LIMITS) as pool:
        before = await pool.call(op("who"))
        with pytest.raises(PageTimeout, match=r"page 1 of a\.pdf: took longer than 0\.2 s"):
            await pool.call(op(name), seconds=0.2, what="page 1 of a.pdf")
        assert not psutil.pid_exists(before)
        assert await pool.call(op("who")) != before


async def test_workers_are_replaced_after_so_many_calls() -> None:
    async with WorkerPool(1, LIMITS.model_copy(update={"pages_per_worker": 3})) as pool:
        assert [await pool.call(op("count")) for _ in range(7)] == [1, 2, 3, 1, 2, 3, 1]


async def test_a_cancelled_call_leaves_the_pool_healthy(tmp_path: Path) -> None:
    async with WorkerPool(1, WRITING) as pool:
        call = asyncio.create_task(pool.call(op("hang"), str(tmp_path / "started")))
        worker = int(await appears(tmp_path / "started"))
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await gone(worker)
        assert await pool.call(op("echo"), "mine") == "mine"


async def test_a_cancelled_waiter_gives_up_its_place(tmp_path: Path) -> None:
    async with WorkerPool(1, WRITING) as pool:
        call = asyncio.create_task(pool.call(op("wait_for_signal_then"), str(tmp_path / "started"), "first"))
        worker = int(await appears(tmp_path / "started"))
        waiter = asyncio.create_task(pool.call(op("echo"), "second"))
        await asyncio.sleep(0)
        waiter.cancel()
        os.kill(worker, signal.SIGUSR1)
        assert await call == "first"
        assert await pool.call(op("echo"), "third") == "third"


async def test_closing_ends_workers_whatever_they_do(tmp_path: Path) -> None:
    pool = WorkerPool(2, WRITING)
    idle = await pool.call(op("who"))
    calls = [asyncio.create_task(pool.call(op("hang"), str(tmp_path / name))) for name in ("one", "two")]
    waiting = asyncio.create_task(pool.call(op("echo"), 1))
    busy = [int(await appears(tmp_path / name)) for name in ("one", "two")]
    async with asyncio.timeout(10):
        await pool.aclose()
        answers = await asyncio.gather(*calls, waiting, return_exceptions=True)
    assert [type(answer) for answer in answers] == [RunError] * 3
    await gone(idle, *busy)
    with pytest.raises(RunError, match="closed"):
        await pool.call(op("echo"), 1)


def test_a_pool_needs_a_worker() -> None:
    with pytest.raises(RunError, match="at least 1 worker"):
        WorkerPool(0, LIMITS)
