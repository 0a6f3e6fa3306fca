"""LiteLLM's proxy in front of the simulator: what it hides, and that pages are read through it all the same."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from olmocr_core.domain.errors import EngineUnavailable, RequestRejected, RunError
from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.models import Completion
from olmocr_core.engines.server import open_server_engine
from tests.core.engines.serving import PATIENCE, request
from tests.ports import free_port
from tests.simulator import Plan, Shape, Simulator, in_turn
from tests.simulator.strangers import STRANGERS
from tests.strangers.servers import interpreter, running

KEY = "sk-of-the-proxy-0123456789abcdef"


@asynccontextmanager
async def proxy(folder: Path, upstream: int) -> AsyncIterator[str]:
    """A proxy with one model and a key, in front of a port."""
    port = free_port()
    parameters = {"model": "openai/olmocr", "api_base": f"http://127.0.0.1:{upstream}/v1", "api_key": "x"}
    config = folder / "config.yaml"
    config.write_text(
        json.dumps(
            {
                "model_list": [{"model_name": "olmocr", "litellm_params": parameters}],
                "litellm_settings": {"num_retries": 0},
            }
        )
    )
    program = str(Path(interpreter("LITELLM_PYTHON")).parent / "litellm")
    command = [program, "--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
    environ = {"LITELLM_MASTER_KEY": KEY, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False"}
    url = f"http://127.0.0.1:{port}"
    async with running(command, f"{url}/health/liveliness", folder / "log", environ):
        yield url


async def ask(
    url: str, upstream: int, plan: Plan, shape: Shape | None = None, key: str = KEY
) -> tuple[Completion, Simulator]:
    """One page through the proxy."""
    settings = load_settings({"server": url, "inference": {"profile": "generic", **PATIENCE}}, environ={})
    async with (
        Simulator(plan, shape or Shape(), upstream) as server,
        open_server_engine(settings, environ={"OLMOCR_API_KEY": key}) as engine,
    ):
        return await engine.transcribe(request()), server


async def test_pages_are_read_through_the_proxy(tmp_path: Path) -> None:
    upstream = free_port()
    async with proxy(tmp_path, upstream) as url:
        plain, server = await ask(url, upstream, in_turn(None))
        assert plain.finish_reason == "stop"
        assert "stream" not in server.bodies[-1]
        # Where the stream breaks off it says "stop": half of the page would have been all of it.
        cut, _ = await ask(url, upstream, in_turn("cut", None))
        assert cut.answer == plain.answer
        for name in ("no streams", "text-generation-inference", "azure"):
            shape = STRANGERS[name]
            assert (await ask(url, upstream, in_turn(None), shape))[0].answer == plain.answer
        assert (await ask(url, upstream, in_turn("length")))[0].finish_reason == "length"
        with pytest.raises(RequestRejected, match="Could not decode image"):
            await ask(url, upstream, in_turn("rejected"))
        for fault in ("error_500", "throttled_after", "hang_up"):
            with pytest.raises(EngineUnavailable):
                await ask(url, upstream, in_turn(fault))
        with pytest.raises(RunError, match="the API key is missing or wrong"):
            await ask(url, upstream, in_turn(None), key="sk-wrong")
