from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from olmocr_core.domain.errors import (
    EncryptedDocument,
    OutOfMemory,
    PageError,
    PageTimeout,
    RunError,
    WorkerDied,
)
from olmocr_core.domain.settings import Limits
from olmocr_core.sandbox.pool import WorkerPool

LIMITS = Limits(worker_memory_mb=1024, page_seconds=60)


def op(name: str) -> str:
    return f"tests.core.sandbox.misbehaving:{name}"


async def appears(path: Path) -> str:
    async with asyncio.timeout(60):
        while not path.exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.01)
    return path.read_text()


async def gone(*process_ids: int) -> None:
    """Wait until the processes are dead or unreaped corpses."""
    async with asyncio.timeout(30):
        while any(map(_runs, process_ids)):  # noqa: ASYNC110 - not our children
            await asyncio.sleep(0.02)


def _runs(process_id: int) -> bool:
    try:
        return psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


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

    async with WorkerPool(1, LIMITS) as pool:
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


async def test_errors_keep_their_kind_and_name_the_work() -> None:
    async with WorkerPool(1, LIMITS) as pool:
        with pytest.raises(EncryptedDocument, match=r"^a\.pdf: it needs a password$"):
            await pool.call(op("refuse"), what="a.pdf")
        with pytest.raises(
            PageError, match=r"page 3: unexpected error in .*KeyError: 'unforeseen' \(misbehaving.py:\d+\)"
        ):
            await pool.call(op("break_down"), what="page 3")
        assert await pool.call(op("count")) == 1


async def test_the_traceback_of_an_unexpected_error_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async with WorkerPool(1, LIMITS) as pool:
        with pytest.raises(PageError):
            await pool.call(op("break_down"))
    assert 'raise KeyError("unforeseen")' in caplog.text


@pytest.mark.parametrize("name", ["tests.core.sandbox.misbehaving:nothing", "no_such_module:op", "misbehaving"])
async def test_an_unknown_op_stops_the_run(name: str) -> None:
    async with WorkerPool(1, LIMITS) as pool:
        with pytest.raises(RunError, match="no operation"):
            await pool.call(name)


async def test_a_missing_library_stops_the_run() -> None:
    async with WorkerPool(1, LIMITS) as pool:
        with pytest.raises(RunError, match=r"not installed properly.*no_such_library"):
            await pool.call(op("miss_a_library"))


async def test_what_cannot_travel_is_answered() -> None:
    async with WorkerPool(1, LIMITS) as pool:
        with pytest.raises(RunError, match="cannot be sent"):
            await pool.call(op("unsendable"))


async def test_a_worker_that_sends_foreign_objects_is_not_believed() -> None:
    async with WorkerPool(1, LIMITS) as pool:
        with pytest.raises(WorkerDied):
            await pool.call(op("forbidden"))
        assert await pool.call(op("echo"), 1) == 1


@pytest.mark.parametrize("name", ["hang", "spin"])
async def test_overtime_costs_the_call_and_the_worker(name: str) -> None:
    async with WorkerPool(1, LIMITS) as pool:
        before = await pool.call(op("who"))
        with pytest.raises(PageTimeout, match=r"page 1 of a\.pdf: took longer than 0\.2 s"):
            await pool.call(op(name), seconds=0.2, what="page 1 of a.pdf")
        assert not psutil.pid_exists(before)
        assert await pool.call(op("who")) != before


async def test_starting_is_not_counted_as_overtime() -> None:
    async with WorkerPool(1, LIMITS) as pool:
        assert await pool.call(op("echo"), 1, seconds=0.1) == 1


@pytest.mark.parametrize(("name", "args", "said"), [("crash", (), "SIGSEGV"), ("leave", (3,), "exit status 3")])
async def test_death_costs_only_the_call(name: str, args: tuple[int, ...], said: str) -> None:
    async with WorkerPool(2, LIMITS) as pool:
        calls = [pool.call(op(name), *args, what="it"), *(pool.call(op("echo"), n) for n in range(6))]
        answers = await asyncio.gather(*calls, return_exceptions=True)
        assert isinstance(answers[0], WorkerDied)
        assert said in str(answers[0])
        assert answers[1:] == list(range(6))


async def test_kill_9_in_the_middle_of_a_call(tmp_path: Path) -> None:
    async with WorkerPool(1, LIMITS) as pool:
        call = asyncio.create_task(pool.call(op("hang"), str(tmp_path / "started")))
        os.kill(int(await appears(tmp_path / "started")), signal.SIGKILL)
        with pytest.raises(WorkerDied, match="SIGKILL"):
            await call
        assert await pool.call(op("echo"), 1) == 1


async def test_death_while_idle_costs_nothing() -> None:
    async with WorkerPool(1, LIMITS) as pool:
        worker = await pool.call(op("who"))
        os.kill(worker, signal.SIGKILL)
        await gone(worker)
        assert await pool.call(op("who")) != worker


@pytest.mark.parametrize("name", ["eat_memory", "fail_natively"])
async def test_memory_is_limited_and_the_worker_replaced(name: str) -> None:
    async with WorkerPool(1, LIMITS) as pool:
        before = await pool.call(op("who"))
        with pytest.raises(OutOfMemory, match="1024 MB"):
            await pool.call(op(name))
        assert await pool.call(op("who")) != before


async def test_workers_are_replaced_after_so_many_calls() -> None:
    async with WorkerPool(1, LIMITS.model_copy(update={"pages_per_worker": 3})) as pool:
        assert [await pool.call(op("count")) for _ in range(7)] == [1, 2, 3, 1, 2, 3, 1]


async def test_a_cancelled_call_leaves_the_pool_healthy(tmp_path: Path) -> None:
    async with WorkerPool(1, LIMITS) as pool:
        call = asyncio.create_task(pool.call(op("hang"), str(tmp_path / "started")))
        worker = int(await appears(tmp_path / "started"))
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await gone(worker)
        assert await pool.call(op("echo"), "mine") == "mine"


async def test_a_cancelled_waiter_gives_up_its_place(tmp_path: Path) -> None:
    async with WorkerPool(1, LIMITS) as pool:
        call = asyncio.create_task(pool.call(op("wait_for_signal_then"), str(tmp_path / "started"), "first"))
        worker = int(await appears(tmp_path / "started"))
        waiter = asyncio.create_task(pool.call(op("echo"), "second"))
        await asyncio.sleep(0)
        waiter.cancel()
        os.kill(worker, signal.SIGUSR1)
        assert await call == "first"
        assert await pool.call(op("echo"), "third") == "third"


async def test_closing_ends_workers_whatever_they_do(tmp_path: Path) -> None:
    pool = WorkerPool(2, LIMITS)
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


async def test_interrupting_the_terminal_does_not_reach_workers(tmp_path: Path) -> None:
    async with WorkerPool(1, LIMITS) as pool:
        call = asyncio.create_task(pool.call(op("wait_for_signal_then"), str(tmp_path / "started"), "done"))
        worker = int(await appears(tmp_path / "started"))
        os.kill(worker, signal.SIGINT)
        os.kill(worker, signal.SIGUSR1)
        assert await call == "done"
        assert os.getpgid(worker) != os.getpgid(0)


async def test_what_libraries_print_does_not_disturb() -> None:
    async with WorkerPool(1, LIMITS) as pool:
        assert [await pool.call(op("chatter")) for _ in range(2)] == ["heard", "heard"]


async def test_workers_see_no_secrets_and_use_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    async with WorkerPool(1, LIMITS) as pool:
        seen = await pool.call(op("environment"))
    assert "s3cret" not in seen.values()
    assert seen["OMP_NUM_THREADS"] == "1"
    assert seen["PATH"] == os.environ["PATH"]


PARENT = """
import asyncio, sys
from olmocr_core.sandbox.pool import WorkerPool
from olmocr_core.domain.settings import Limits

async def main(started, name):
    ops = "tests.core.sandbox.misbehaving:"
    async with WorkerPool(1, Limits()) as pool:
        if name == "spin":
            await pool.call(ops + "wait_for_signal_then", started, "")
            await pool.call(ops + "spin")
        await pool.call(ops + name, started)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize("name", ["spin", "hang", "start_child"])
async def test_workers_and_their_children_die_with_a_killed_parent(name: str, tmp_path: Path) -> None:
    started = tmp_path / "started"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", PARENT, str(started), name]
    parent = subprocess.Popen(command, env=environment)  # noqa: ASYNC220 - it only has to be killed
    try:
        processes = [int(number) for number in (await appears(started)).split()]
        if name == "spin":
            os.kill(processes[0], signal.SIGUSR1)
        parent.kill()
        await gone(*processes)
    finally:
        parent.kill()
        parent.wait()


def test_a_pool_needs_a_worker() -> None:
    with pytest.raises(RunError, match="at least 1 worker"):
        WorkerPool(0, LIMITS)
