"""llama.cpp's server with a made model that reads text only: how it refuses images, keys and long requests."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from olmocr_core.domain.errors import RequestRejected, RunError
from olmocr_core.domain.load_settings import load_settings
from olmocr_core.engines.chat import ChatCall, StreamedAnswer, TimeLimits, stream_chat
from olmocr_core.engines.server import open_server_engine
from tests.core.engines.serving import PATIENCE, request
from tests.ports import free_port
from tests.strangers.servers import interpreter, running

KEY = "secret"
HERE = Path(__file__).parent


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.gguf"
    subprocess.run([interpreter("LLAMA_PYTHON"), str(HERE / "make_tiny_gguf.py"), str(path)], check=True)
    return path


@pytest.fixture
async def url(model: Path, tmp_path: Path) -> AsyncIterator[str]:
    python, port = interpreter("LLAMA_PYTHON"), free_port()
    address = f"http://127.0.0.1:{port}"
    command = [python, str(HERE / "serve_llama.py"), str(model), str(port), KEY]
    async with running(command, f"{address}/health", tmp_path / "log", {}):
        yield address


async def transcribe(url: str, key: str) -> None:
    settings = load_settings({"server": url, "inference": {"profile": "generic", **PATIENCE}}, environ={})
    async with open_server_engine(settings, environ={"OLMOCR_API_KEY": key}) as engine:
        await engine.transcribe(request())


async def test_a_model_without_a_projector_ends_the_run(url: str) -> None:
    with pytest.raises(RunError, match="its model reads no images"):
        await transcribe(url, KEY)
    with pytest.raises(RunError, match="the API key is missing or wrong"):
        await transcribe(url, "another-key")
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {KEY}"}, trust_env=False) as client:
        answer = await _say(client, url, "Say a")
        assert (answer.finish, answer.usage.output_tokens) == ("length", 5)
        assert answer.text
        with pytest.raises(RequestRejected, match="exceeds the available context size"):
            await _say(client, url, "word " * 3_000)


async def _say(client: httpx.AsyncClient, url: str, text: str) -> StreamedAnswer:
    answer = StreamedAnswer()
    options = '"stream": true, "stream_options": {"include_usage": true}'
    body = f'{{"messages": [{{"role": "user", "content": "{text}"}}], "max_tokens": 5, {options}}}'
    client.headers["Content-Type"] = "application/json"
    await stream_chat(client, ChatCall(f"{url}/v1/chat/completions", body.encode(), TimeLimits()), answer)
    return answer
