"""How the real server ends: by a death inside, and by our stopping it. These come last, on the server of the session."""

from __future__ import annotations

import httpx
import psutil
import pytest

from olmocr_core.engines.sglang.process import SglangServer
from tests.sglang.conftest import engine_on, family, page_request, until

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_it_comes_back_when_its_scheduler_is_killed(server: SglangServer, http: httpx.AsyncClient) -> None:
    url, before = server.url, family(server)
    schedulers = [process for process in before if "sglang::scheduler" in " ".join(process.cmdline())]
    assert schedulers
    schedulers[0].kill()

    async def again() -> bool:
        return server.restarts == 1

    await until(again)
    await server.ready()
    assert server.url == url
    assert (await http.get(f"{url}/health_generate")).status_code == 200
    assert not any(process.is_running() for process in before)
    async with engine_on(url) as engine:
        assert (await engine.transcribe(page_request("after the restart"))).answer
    assert server.restarts == 1


async def test_a_stop_leaves_no_process(server: SglangServer, http: httpx.AsyncClient) -> None:
    processes = family(server)
    assert len(processes) >= 3
    await server.__aexit__(None, None, None)
    assert not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes)
    with pytest.raises(httpx.ConnectError):
        await http.get(f"{server.url}/health")
