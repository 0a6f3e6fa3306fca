"""A limit of time that a pause does not use up."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from olmocr_core.sandbox import running_time
from olmocr_core.sandbox.running_time import StoodStill, wait_while_running
from tests.core.sandbox.workers import appears

REPO = Path(__file__).resolve().parents[3]
PROGRAM = """
import asyncio, sys
from olmocr_core.sandbox.pool import WorkerPool
from tests.core.sandbox.workers import WRITING, op

async def main():
    async with WorkerPool(1, WRITING) as pool:
        print(await pool.call(op("wait_for_signal_then"), sys.argv[1], "done", seconds=4))

asyncio.run(main())
"""


@pytest.fixture
async def pause(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets the clock of the event loop jump, as it does over a stop of the process."""
    loop, jumps = asyncio.get_running_loop(), [0.0]
    clock = loop.time
    monkeypatch.setattr(loop, "time", lambda: clock() + sum(jumps))
    return jumps.append


async def wait_for(event: asyncio.Event, answer: str) -> str:
    await event.wait()
    return answer


async def pass_some_turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_work_in_time_gives_its_result_and_its_error() -> None:
    async def break_down() -> None:
        raise KeyError("unforeseen")

    assert await wait_while_running(asyncio.sleep(0, "done"), 60) == "done"
    with pytest.raises(KeyError):
        await wait_while_running(break_down(), 60)


async def test_work_that_takes_too_long_is_cancelled() -> None:
    ended = asyncio.Event()

    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(TimeoutError):
        await wait_while_running(hang(), 0.05)
    assert ended.is_set()


async def test_a_pause_counts_as_one_step(pause: Callable[[float], None]) -> None:
    event = asyncio.Event()
    waiting = asyncio.create_task(wait_while_running(wait_for(event, "done"), 60))
    for seconds in (600, 86_400, 5):
        await pass_some_turns()
        pause(seconds)
    await pass_some_turns()
    assert not waiting.done()
    event.set()
    assert await waiting == "done"


async def test_after_a_pause_at_the_end_there_is_time_to_take_the_result(pause: Callable[[float], None]) -> None:
    event = asyncio.Event()
    waiting = asyncio.create_task(wait_while_running(wait_for(event, "done"), 0.5))
    await pass_some_turns()
    pause(600)
    await pass_some_turns()
    event.set()
    assert await waiting == "done"


async def test_pauses_do_not_let_it_wait_for_ever(pause: Callable[[float], None]) -> None:
    waiting = asyncio.create_task(wait_while_running(wait_for(asyncio.Event(), "never"), 2.5))
    for _ in range(6):
        await pass_some_turns()
        pause(600)
    with pytest.raises(TimeoutError):
        await waiting


async def test_a_cancelled_wait_cancels_the_work() -> None:
    work = asyncio.Event()
    waiting = asyncio.create_task(wait_while_running(wait_for(work, "done"), 60))
    await pass_some_turns()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert len(asyncio.all_tasks()) == 1


class Worker:
    """What the kernel says of a worker."""

    still = False
    queued = 0.0

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(running_time, "stands_still", lambda process_id: self.still)
        monkeypatch.setattr(running_time, "read_queued_seconds", lambda process_id: self.queued)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Worker:
    return Worker(monkeypatch)


async def test_a_stop_of_the_worker_does_not_make_it_late(pause: Callable[[float], None], worker: Worker) -> None:
    event = asyncio.Event()
    waiting = asyncio.create_task(wait_while_running(wait_for(event, "done"), 2.5, worker=7))
    for worker.still in (True, True, False, False):
        await pass_some_turns()
        pause(1)
        await pass_some_turns()
    assert not waiting.done(), "two seconds have passed while it ran"
    event.set()
    assert await waiting == "done"


async def test_a_worker_that_stays_stopped_stood_still(pause: Callable[[float], None], worker: Worker) -> None:
    waiting = asyncio.create_task(wait_while_running(wait_for(asyncio.Event(), "never"), 2.5, worker=7))
    worker.still = True
    for _ in range(4):
        await pass_some_turns()
        pause(1)
    with pytest.raises(StoodStill):
        await waiting


async def test_what_the_worker_waits_for_a_core_does_not_count(pause: Callable[[float], None], worker: Worker) -> None:
    event = asyncio.Event()
    waiting = asyncio.create_task(wait_while_running(wait_for(event, "done"), 2.5, worker=7))
    for _ in range(10):
        await pass_some_turns()
        worker.queued += 1
        pause(1)
    await pass_some_turns()
    assert not waiting.done()
    event.set()
    assert await waiting == "done"


@pytest.mark.slow
async def test_a_stopped_process_loses_no_page(tmp_path: Path) -> None:
    started = tmp_path / "started"
    main = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(started), cwd=REPO, stdout=asyncio.subprocess.PIPE
    )
    worker = int(await appears(started))
    main.send_signal(signal.SIGSTOP)
    # Longer than the call may take.
    await asyncio.sleep(5)
    main.send_signal(signal.SIGCONT)
    os.kill(worker, signal.SIGUSR1)
    async with asyncio.timeout(60):
        assert (await main.communicate())[0] == b"done\n"
