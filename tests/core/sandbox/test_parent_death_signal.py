"""Workers and their children die with their parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.core.sandbox.workers import appears, gone

PARENT = """
import asyncio, sys
from olmocr_core.sandbox.pool import WorkerPool
from olmocr_core.domain.settings import Limits

async def main(started, name):
    ops = "tests.core.sandbox.misbehaving:"
    async with WorkerPool(1, Limits(isolation="off")) as pool:
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
