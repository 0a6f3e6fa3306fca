"""The real router over two workers that were launched by our launcher; and what remains of one when its launcher dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from olmocr_core.engines.sglang.process import SglangServer
from olmocr_core.engines.sglang.process_handle import find_free_port, make_server_environment
from tests.sglang.conftest import BOTH_MB, IMAGE_TOKENS, PYTHON, engine_on, metric, page_request, until
from tests.sglang.second import SecondWorker

pytestmark = pytest.mark.asyncio(loop_scope="session")
# As sglang_router.launch_router does it, without its balancer for debugging, for which it imports all of SGLang and torch.
ROUTER = """
import argparse, sys
from sglang_router.router import Router
from sglang_router.router_args import RouterArgs
parser = argparse.ArgumentParser()
RouterArgs.add_cli_args(parser)
Router.from_args(RouterArgs.from_cli_args(parser.parse_args())).start()
"""


async def test_pages_go_through_the_router_to_both_and_a_killed_launcher_leaves_nothing(
    server: SglangServer, second: SecondWorker | None, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    if second is None:
        pytest.skip(f"two servers need {BOTH_MB} MB of memory")
    url, below = await asyncio.to_thread(second.wait)
    try:
        async with _router(http, tmp_path, server.url, url) as routed:
            before = await _read_tokens(http, server.url, url)
            async with engine_on(routed, max_tokens=20) as engine:
                pages = [engine.transcribe(page_request(f"routed {number}", number=number)) for number in range(1, 7)]
                completions = await asyncio.gather(*pages)
            after = await _read_tokens(http, server.url, url)
        assert all(completion.usage.output_tokens for completion in completions)
        shares = [late - early for early, late in zip(before, after, strict=True)]
        assert min(shares) > IMAGE_TOKENS, f"both workers read pages, not {shares} tokens"
    finally:
        second.kill()
    left = (await asyncio.to_thread(psutil.wait_procs, below, 120))[1]
    assert left == []


async def _read_tokens(http: httpx.AsyncClient, *workers: str) -> list[float]:
    """Prompt tokens by worker: a page's image is most of them, a health probe has one."""
    return [await metric(http, worker, "sglang:prompt_tokens_total") for worker in workers]


@asynccontextmanager
async def _router(http: httpx.AsyncClient, folder: Path, *workers: str) -> AsyncIterator[str]:
    """The router's address once it knows all workers to be well: it calls itself ready when it knows one."""
    port = find_free_port()
    arguments = ("--host", "127.0.0.1", "--port", str(port), "--prometheus-port", str(find_free_port()))
    with (folder / "router.log").open("wb") as log:
        router = await asyncio.create_subprocess_exec(
            *(PYTHON, "-c", ROUTER, *arguments, "--worker-urls", *workers, "--policy", "round_robin"),
            stdout=log,
            stderr=log,
            env=make_server_environment({}),
        )
    url = f"http://127.0.0.1:{port}"

    async def knows_all() -> bool:
        assert router.returncode is None, (folder / "router.log").read_text()[-2000:]
        try:
            known = (await http.get(f"{url}/workers")).json()["workers"]
        except httpx.RequestError:
            return False
        return {worker["url"] for worker in known if worker["is_healthy"]} == set(workers)

    try:
        await until(knows_all)
        yield url
    finally:
        if router.returncode is None:
            router.kill()
        await router.wait()
