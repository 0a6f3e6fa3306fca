from __future__ import annotations

import asyncio
import os
import socket
import sys
from pathlib import Path

import psutil
import pytest

from olmocr_core.domain.errors import RunError
from olmocr_core.engines.sglang.process_handle import ServerProcess, find_free_port, make_server_environment


def started(log: Path, code: str, stop_seconds: float = 60) -> ServerProcess:
    return ServerProcess([sys.executable, "-c", code], os.environ, log, stop_seconds)


async def until_ended(process: ServerProcess) -> int:
    async with asyncio.timeout(30):
        while (status := process.exit_status()) is None:  # noqa: ASYNC110 - another process is waited for
            await asyncio.sleep(0.01)
    return status


async def test_output_goes_to_the_log_and_the_last_lines_into_messages(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "log"
    log.parent.mkdir()
    log.write_text("an earlier run: CUDA out of memory\n")
    process = started(log, "for n in range(40): print('line', n)\nprint(); raise SystemExit(3)")
    assert await until_ended(process) == 3
    assert log.read_text().startswith("an earlier run")
    assert process.log_bytes == log.stat().st_size - len("an earlier run: CUDA out of memory\n")
    message = process.describe("It ended.").splitlines()
    assert message == ["It ended.", f"Last lines of {log}:", *(f"line {n}" for n in range(25, 40))]
    assert process.diagnosis() is None


async def test_a_diagnosis_reads_only_what_came_after_the_start_and_after_readiness(tmp_path: Path) -> None:
    process = started(tmp_path / "log", "print('NCCL error: unhandled system error')")
    await until_ended(process)
    found = process.diagnosis()
    assert found is not None
    assert found.cause == "nccl"
    assert f"Likely: {found.text}." in process.describe("It ended.")
    assert not process.was_ready
    process.mark_ready()
    assert (process.was_ready, process.log_bytes, process.diagnosis()) == (True, 0, None)


async def test_ending_it_leaves_no_process(tmp_path: Path) -> None:
    process = started(tmp_path / "log", "import time; time.sleep(600)")
    below = psutil.Process(process.process_id)
    async with asyncio.timeout(30):
        while not below.children():  # noqa: ASYNC110 - another process is waited for
            await asyncio.sleep(0.01)
    (server,) = below.children()
    await process.end()
    assert process.exit_status() == 128 + 15
    assert not server.is_running()
    await process.end()


async def test_a_command_that_cannot_be_launched_is_a_run_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="SGLang could not be launched"):
        started(tmp_path / "file" / "log", "")


def test_a_log_that_is_gone_has_no_lines(tmp_path: Path) -> None:
    process = started(tmp_path / "log", "print('gone')")
    asyncio.run(until_ended(process))
    (tmp_path / "log").unlink()
    assert process.describe("It ended.").splitlines() == ["It ended.", f"Last lines of {tmp_path / 'log'}:"]


def test_a_free_port_can_be_bound() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", find_free_port()))


def test_the_server_reaches_itself_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "intranet")
    monkeypatch.delenv("no_proxy", raising=False)
    environment = make_server_environment({"HF_HOME": "/models"})
    assert environment["NO_PROXY"] == "intranet,127.0.0.1,localhost"
    assert environment["no_proxy"] == "127.0.0.1,localhost"
    assert (environment["HF_HOME"], environment["PATH"]) == ("/models", os.environ["PATH"])
