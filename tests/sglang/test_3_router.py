"""The real router over two workers that were launched by our launcher; and what remains of one when its launcher dies."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from olmocr_core.engines.sglang.launched import free_port, server_environment
from olmocr_core.engines.sglang.process import SglangServer
from tests.sglang.conftest import PYTHON, engine_on, metric, page_request, sglang_config, until

pytestmark = pytest.mark.asyncio(loop_scope="session")
REPO = Path(__file__).resolve().parents[2]
ROUTER_MB = 2_500
LAUNCHER = """
import asyncio, json, sys
from pathlib import Path
from olmocr_core.engines.sglang.process import SglangConfig, SglangServer

async def main():
    given = json.loads(sys.argv[1])
    config = SglangConfig(**{**given, "log": Path(given["log"]), "cache": Path(given["cache"])})
    async with SglangServer(config) as server:
        print(server.url, server.process_id, flush=True)
        await asyncio.sleep(3600)

asyncio.run(main())
"""


async def test_pages_go_through_the_router_to_both_and_a_killed_launcher_leaves_nothing(
    server: SglangServer, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    if psutil.virtual_memory().available >> 20 < ROUTER_MB:
        pytest.skip(f"a second worker needs {ROUTER_MB} MB of memory")
    config = sglang_config(tmp_path)
    names = ("model", "python", "served_name", "arguments", "environment", "log", "cache")
    given = json.dumps({name: getattr(config, name) for name in names}, default=str)
    launcher = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", LAUNCHER, given),
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(REPO)},
    )
    assert launcher.stdout is not None
    try:
        words = (await launcher.stdout.readline()).decode().split()
        assert words, "the second worker did not start"
        url, guardian = words[0], psutil.Process(int(words[1]))
        below = [guardian, *guardian.children(recursive=True)]
        await _through_router(server, url, http, tmp_path)
    finally:
        launcher.send_signal(signal.SIGKILL)
        await launcher.wait()
    left = (await asyncio.to_thread(psutil.wait_procs, below, 60))[1]
    assert left == []


async def _through_router(server: SglangServer, second: str, http: httpx.AsyncClient, folder: Path) -> None:
    port = free_port()
    arguments = ("--host", "127.0.0.1", "--port", str(port), "--prometheus-port", str(free_port()))
    with (folder / "router.log").open("wb") as log:
        router = await asyncio.create_subprocess_exec(
            *(PYTHON, "-m", "sglang_router.launch_router", *arguments),
            *("--worker-urls", server.url, second, "--policy", "round_robin"),
            stdout=log,
            stderr=log,
            env=server_environment({}),
        )
    url = f"http://127.0.0.1:{port}"

    async def ready() -> bool:
        assert router.returncode is None, (folder / "router.log").read_text()[-2000:]
        try:
            return (await http.get(f"{url}/readiness")).status_code == 200
        except httpx.RequestError:
            return False

    try:
        # The router imports torch first, which takes minutes where other work shares the cores.
        await until(ready, seconds=400)
        before = await metric(http, server, "sglang:num_requests_total")
        async with engine_on(url, max_tokens=20) as engine:
            pages = [engine.transcribe(page_request(f"routed {number}", number=number)) for number in range(1, 7)]
            completions = await asyncio.gather(*pages)
        assert all(completion.usage.output_tokens for completion in completions)
        mine = await metric(http, server, "sglang:num_requests_total") - before
        assert 1 <= mine <= 5, "both workers take their share"
    finally:
        router.send_signal(signal.SIGKILL)
        await router.wait()
