"""The worker process: what it answers, and what it does not let through."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from pathlib import Path

import pytest

from olmocr_core.domain.errors import (
    DiskFull,
    EncryptedDocument,
    OutOfMemory,
    PageError,
    RunError,
)
from olmocr_core.sandbox.pool import WorkerPool
from tests.core.sandbox.workers import LIMITS, WRITING, appears, op


async def test_errors_keep_their_kind_and_name_the_work() -> None:
    async with WorkerPool(1, LIMITS) as pool:
        with pytest.raises(EncryptedDocument, match=r"^a\.pdf: it needs a password$"):
            await pool.call(op("refuse"), what="a.pdf")
        with pytest.raises(PageError, match=r"^page 3: it broke a program in a way that nobody foresaw; the log .*"):
            await pool.call(op("break_down"), what="page 3")
        assert await pool.call(op("count")) == 1


async def test_a_full_disk_is_not_the_fault_of_the_page() -> None:
    async with WorkerPool(1, WRITING) as pool:
        with pytest.raises(DiskFull, match=r"page 3: .*cannot be written: the disk is full; make room"):
            await pool.call(op("fill_disk"), what="page 3")


async def test_the_traceback_of_an_unexpected_error_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async with WorkerPool(1, LIMITS) as pool:
        with caplog.at_level(logging.INFO), pytest.raises(PageError):
            await pool.call(op("break_down"))
    assert 'raise KeyError("unforeseen")' in caplog.text
    assert [record for record in caplog.records if record.levelno > logging.INFO] == [], "the screen shows warnings"


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("cannot read '/tmp/a b/c/page.pdf'", "cannot read 'page.pdf'"),
        ("cannot read /home/me/x/page.pdf: cut off", "cannot read page.pdf: cut off"),
        ("see https://example.org/a/b and a/b/c", "see https://example.org/a/b and a/b/c"),
    ],
)
async def test_reasons_hold_no_folders(message: str, said: str) -> None:
    async with WorkerPool(1, LIMITS) as pool:
        with pytest.raises(PageError) as page_error:
            await pool.call(op("refuse_page"), message)
        with pytest.raises(RunError) as run_error:
            await pool.call(op("refuse_run"), message)
    assert str(page_error.value) == said
    assert str(run_error.value) == message, "who runs it is told where"


@pytest.mark.parametrize("name", ["tests.core.sandbox.misbehaving:nothing", "no_such_module:op", "misbehaving"])
async def test_an_unknown_operation_stops_the_run(name: str) -> None:
    async with WorkerPool(1, LIMITS) as pool:
        with pytest.raises(RunError, match="no operation"):
            await pool.call(name)


async def test_a_missing_library_stops_the_run() -> None:
    async with WorkerPool(1, LIMITS) as pool:
        with pytest.raises(RunError, match=r"not installed properly.*no_such_library"):
            await pool.call(op("miss_a_library"))


async def test_an_unpicklable_result_is_an_error() -> None:
    async with WorkerPool(1, LIMITS) as pool:
        with pytest.raises(RunError, match="cannot be sent"):
            await pool.call(op("unsendable"))


@pytest.mark.parametrize("name", ["eat_memory", "fail_natively"])
async def test_memory_is_limited_and_the_worker_replaced(name: str) -> None:
    async with WorkerPool(1, LIMITS) as pool:
        before = await pool.call(op("who"))
        with pytest.raises(OutOfMemory, match="1024 MB"):
            await pool.call(op(name))
        assert await pool.call(op("who")) != before


async def test_output_of_libraries_does_not_disturb_the_protocol() -> None:
    async with WorkerPool(1, LIMITS) as pool:
        assert [await pool.call(op("chatter")) for _ in range(2)] == ["heard", "heard"]


async def test_interrupting_the_terminal_does_not_reach_workers(tmp_path: Path) -> None:
    async with WorkerPool(1, WRITING) as pool:
        call = asyncio.create_task(pool.call(op("wait_for_signal_then"), str(tmp_path / "started"), "done"))
        worker = int(await appears(tmp_path / "started"))
        os.kill(worker, signal.SIGINT)
        os.kill(worker, signal.SIGUSR1)
        assert await call == "done"
        assert os.getpgid(worker) != os.getpgid(0)
