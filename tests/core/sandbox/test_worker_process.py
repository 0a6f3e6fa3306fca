"""One worker process: how it starts, dies and is watched."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from olmocr_core.domain.errors import MachineFault, RunError, SliceError, WorkerDied
from olmocr_core.sandbox.pool import WorkerPool
from tests.core.sandbox.workers import LIMITS, WRITING, appears, gone, op


@pytest.mark.parametrize(("name", "args", "said"), [("crash", (), "SIGSEGV"), ("leave", (3,), "exit status 3")])
async def test_death_costs_only_the_call(name: str, args: tuple[int, ...], said: str) -> None:
    async with WorkerPool(2, LIMITS) as pool:
        calls = [pool.call(op(name), *args, what="it"), *(pool.call(op("echo"), n) for n in range(6))]
        answers = await asyncio.gather(*calls, return_exceptions=True)
        assert isinstance(answers[0], WorkerDied)
        assert said in str(answers[0])
        assert answers[1:] == list(range(6))


async def test_a_call_whose_workers_are_killed_from_outside_is_tried_again_and_blames_no_page(tmp_path: Path) -> None:
    started = tmp_path / "started"
    async with WorkerPool(1, WRITING) as pool:
        call = asyncio.create_task(pool.call(op("hang"), str(started), what="page 1"))
        for _ in range(3):
            process_id = int(await appears(started))
            started.unlink()
            os.kill(process_id, signal.SIGKILL)
        with pytest.raises(MachineFault, match=r"^page 1: 3 worker processes in turn .*SIGKILL"):
            await call
        assert await pool.call(op("echo"), 1) == 1


async def test_a_call_whose_worker_is_killed_once_is_answered_by_the_next_one(tmp_path: Path) -> None:
    started = tmp_path / "started"
    async with WorkerPool(1, WRITING) as pool:
        call = asyncio.create_task(pool.call(op("wait_for_signal_then"), str(started), "done"))
        for number in (signal.SIGKILL, signal.SIGUSR1):
            process_id = int(await appears(started))
            started.unlink()
            os.kill(process_id, number)
        assert await call == "done"


def python_that_dies(folder: Path, monkeypatch: pytest.MonkeyPatch, end: str, times: int) -> None:
    """The next workers end so before they are ready."""
    interpreter = folder / "python"
    interpreter.write_text(
        f"#!/bin/sh\n[ $(ls {folder}/died* 2>/dev/null | wc -l) -lt {times} ] && {{ : > {folder}/died$$; {end}; }}\n"
        f'exec {sys.executable} "$@"\n'
    )
    interpreter.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(interpreter))


async def test_a_worker_that_is_killed_while_it_starts_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    python_that_dies(tmp_path, monkeypatch, "kill -9 $$", times=2)
    async with WorkerPool(1, LIMITS) as pool:
        assert await pool.call(op("echo"), 1) == 1
    assert caplog.text.count("killed while it started (SIGKILL") == 2


async def test_workers_that_are_always_killed_are_a_fault_of_the_slice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python_that_dies(tmp_path, monkeypatch, "kill -9 $$", times=3)
    async with WorkerPool(1, LIMITS) as pool:
        with pytest.raises(SliceError, match="3 workers in turn were killed while they started, the last by SIGKILL"):
            await pool.call(op("echo"), 1)
        assert await pool.call(op("echo"), 1) == 1, "the next try of the slice"


async def test_a_worker_that_cannot_start_ends_the_run_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python_that_dies(tmp_path, monkeypatch, "exit 3", times=1)
    async with WorkerPool(1, LIMITS) as pool:
        with pytest.raises(RunError, match="a worker failed to start: exit status 3"):
            await pool.call(op("echo"), 1)


async def test_death_while_idle_costs_nothing() -> None:
    async with WorkerPool(1, LIMITS) as pool:
        worker = await pool.call(op("who"))
        os.kill(worker, signal.SIGKILL)
        await gone(worker)
        assert await pool.call(op("who")) != worker


async def test_workers_see_no_secrets_and_use_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    async with WorkerPool(1, LIMITS) as pool:
        seen = await pool.call(op("environment"))
    assert "s3cret" not in seen.values()
    assert seen["OMP_NUM_THREADS"] == "1"
    assert seen["PATH"] == os.environ["PATH"]


async def test_starting_is_not_counted_as_overtime() -> None:
    async with WorkerPool(1, LIMITS) as pool:
        assert await pool.call(op("echo"), 1, seconds=0.1) == 1


async def test_a_worker_that_sends_foreign_objects_counts_as_dead() -> None:
    async with WorkerPool(1, LIMITS) as pool:
        with pytest.raises(WorkerDied):
            await pool.call(op("forbidden"))
        assert await pool.call(op("echo"), 1) == 1
