"""A real vLLM on a CPU with a made model that sees: its answers, its refusals, and its death in the middle of an answer."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import httpx
import psutil
import pytest
import pytest_asyncio
from PIL import Image, ImageDraw

from olmocr_core.domain.errors import RequestRejected, RunError, UsageError
from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.models import PageImage, PageRef, Rotation
from olmocr_core.domain.ports import PageRequest
from olmocr_core.engines.chat import ChatCall, StreamedAnswer, TimeLimits, stream_chat
from olmocr_core.engines.server import open_server_engine
from olmocr_core.engines.server_engine import ServerEngine
from olmocr_core.reading.read_page import ReadingTools, read_page
from olmocr_core.reading.retry_policy import Backoff, RetryPolicy
from olmocr_core.reading.serving_metrics import gauge_sum
from tests.core.engines.serving import request
from tests.core.fakes import ImaginaryPages, page, recipe
from tests.ports import free_port
from tests.strangers.servers import interpreter, running

KEY = "secret"
CONTEXT = 2048
MAKER = Path(__file__).parents[2] / "scripts/sglang_cpu/make_tiny_model.py"
ENVIRON = {
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "OMP_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
}
# A death starts the server twice; the limit of a start only ends a hopeless wait.
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(1500)]


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs."""

    process: Process
    port: int


class DrawnPages(ImaginaryPages):
    """Pages whose images are images."""

    async def render(self, page: PageRef, rotation_ccw: Rotation = 0) -> tuple[bytes, PageImage]:
        data, facts = await super().render(page, rotation_ccw)
        return draw(data.decode()), facts


def draw(text: str, width: int = 280, height: int = 364) -> bytes:
    image = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(image).text((20, 20), text, fill="black")
    encoded = BytesIO()
    image.save(encoded, "JPEG")
    return encoded.getvalue()


def drawn_request(width: int = 280, height: int = 364) -> PageRequest:
    return replace(request(temperature=1.0), image=draw("A page", width, height))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vllm") / "tiny"
    subprocess.run([interpreter("VLLM_PYTHON"), str(MAKER), str(folder)], check=True, env=os.environ | ENVIRON)
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(model: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """One server for the tests of this file; the one that ends it comes last."""
    port = free_port()
    async with serve(model, tmp_path_factory.mktemp("served") / "log", port) as process:
        yield Served(process, port)


def serve(model: Path, log: Path, port: int) -> AbstractAsyncContextManager[Process]:
    # The program vllm looks for the version of a package of that name, which the build for CPUs has not.
    command = [interpreter("VLLM_PYTHON"), "-m", "vllm.entrypoints.openai.api_server", "--model", str(model)]
    command += ["--served-model-name", "olmocr", "--host", "127.0.0.1", "--port", str(port), "--api-key", KEY]
    command += ["--dtype", "float32", "--max-model-len", str(CONTEXT), "--max-num-seqs", "2", "--enforce-eager"]
    return running(command, f"http://127.0.0.1:{port}/health", log, ENVIRON)


@asynccontextmanager
async def engine_on(
    port: int,
    *,
    max_tokens: int = 16,
    prompt: str = "Read this page.",
    key: str = KEY,
    model: str | None = None,
    constrained: bool = False,
) -> AsyncIterator[ServerEngine]:
    tiny = {"name": "tiny", "prompt": prompt, "context": CONTEXT, "max_tokens": max_tokens}
    inference = {"profile": "tiny", "profiles": {"tiny": tiny}, "constrained": constrained}
    server = f"http://127.0.0.1:{port}"
    settings = load_settings({"server": server, "model": model, "inference": inference}, environ={})
    async with open_server_engine(settings, environ={"OLMOCR_API_KEY": key}) as engine:
        yield engine


async def test_a_page_that_is_cut_is_known_to_be_cut(served: Served) -> None:
    async with engine_on(served.port) as engine:
        assert engine.identity.model == "olmocr"
        found = await engine.transcribe(drawn_request())
        assert found.answer
        assert (found.finish_reason, found.usage.output_tokens) == ("length", 16)
        # 10 x 13 of them are the image.
        assert 130 < found.usage.input_tokens < 200
        record = await read_page(page(), tools_for(engine, attempts=2))
        assert [outcome.verdict for outcome in record.attempts] == ["length", "length"]
        assert record.error
        assert "2 attempts gave no usable answer; the last: length" in record.error.message
        assert engine.serving().faults == {}


async def test_its_grammar_is_proved_and_obeyed(served: Served) -> None:
    async with engine_on(served.port, max_tokens=100, constrained=True) as engine:
        assert (await engine.transcribe(drawn_request())).answer.startswith("---\nprimary_language:")


async def test_what_it_refuses_is_told_in_its_words(served: Served) -> None:
    async with engine_on(served.port) as engine:
        with pytest.raises(RequestRejected, match="Failed to load image"):
            await engine.transcribe(request())
        with pytest.raises(RequestRejected, match=r"Failed to apply .* size=3000x3"):
            await engine.transcribe(drawn_request(3000, 3))
        # 2,116 tokens in a context of 2,048.
        with pytest.raises(RequestRejected, match=r"maximum context length.*2048"):
            await engine.transcribe(drawn_request(1288, 1288))
        assert (await engine.transcribe(drawn_request())).answer
    async with engine_on(served.port, prompt="word " * 3_000) as engine:
        with pytest.raises(RequestRejected, match="maximum context length is 2048 tokens"):
            await engine.transcribe(drawn_request())


async def test_what_no_request_can_pass_ends_the_run(served: Served) -> None:
    with pytest.raises(RunError, match="the API key is missing or wrong"):
        async with engine_on(served.port, key="another-key"):
            pass
    with pytest.raises(UsageError, match="does not serve the model 'another'; it serves: olmocr"):
        async with engine_on(served.port, model="another"):
            pass
    with pytest.raises(UsageError, match="a context of 2048 tokens, but profile tiny asks for answers of 2048"):
        async with engine_on(served.port, max_tokens=CONTEXT):
            pass
    # As after a restart with another model.
    body = json.dumps({"model": "another", "messages": [{"role": "user", "content": "a"}], "stream": True}).encode()
    call = ChatCall(f"http://127.0.0.1:{served.port}/v1/chat/completions", body, TimeLimits())
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    async with httpx.AsyncClient(headers=headers, trust_env=False) as client:
        with pytest.raises(RunError, match=r"refuses every request, .*does not exist"):
            await stream_chat(client, call, StreamedAnswer())


async def test_an_answer_that_dies_with_its_server_is_asked_for_again(
    served: Served, model: Path, tmp_path: Path
) -> None:
    async with engine_on(served.port, max_tokens=1500) as engine:
        before = await count_tokens(served.port)
        reading = asyncio.create_task(read_page(page(), tools_for(engine, attempts=1)))
        while await count_tokens(served.port) < before + 20:  # noqa: ASYNC110 - another process is waited for
            await asyncio.sleep(0.1)
        # What answers HTTP stays for a moment, and tells its clients.
        for process in psutil.Process(served.process.pid).children(recursive=True):
            process.kill()
        await served.process.wait()
        async with serve(model, tmp_path / "log", served.port):
            record = await reading
        assert [outcome.verdict for outcome in record.attempts] != []
        assert 20 < record.attempts[0].completion.usage.output_tokens <= 1500
        faults = engine.serving().faults
        assert faults["server_error"] or faults["reset"]
        assert faults["refused"]


def tools_for(engine: ServerEngine, attempts: int) -> ReadingTools:
    pages = DrawnPages()
    return ReadingTools(
        engine=engine,
        reader=pages,
        images=pages,
        recipe=recipe(engine),
        policy=RetryPolicy((1.0,), attempts),
        backoff=Backoff(ceiling_seconds=2.0, budget_seconds=900.0),
        parse=engine.parse,
    )


async def count_tokens(port: int) -> float:
    async with httpx.AsyncClient(trust_env=False) as client:
        metrics = await client.get(f"http://127.0.0.1:{port}/metrics")
    return gauge_sum(metrics.text, "vllm:generation_tokens_total") or 0.0
