"""Tests against the real SGLang. Only collected where SGLANG_PYTHON names its environment: see ``make test-sglang``.

The server is launched by our own launcher, with a tiny model of random weights, on the CPU.
"""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import psutil
import pytest
import pytest_asyncio
from PIL import Image, ImageDraw

from olmocr_core.domain.model_profile import ModelProfile
from olmocr_core.domain.models import Attempt, PageImage, PageRef
from olmocr_core.domain.ports import PageRequest
from olmocr_core.domain.settings import Inference, Settings
from olmocr_core.engines.server import open_server_engine
from olmocr_core.engines.server_engine import ServerEngine
from olmocr_core.engines.sglang.process import SglangConfig, SglangServer
from tests.sglang.second import SecondWorker

PYTHON = os.environ.get("SGLANG_PYTHON", "")
# Why ``make test-sglang`` cannot be run here, where it was asked to say so.
SKIPPED = os.environ.get("SGLANG_SKIPPED", "")
collect_ignore_glob = [] if PYTHON or SKIPPED else ["test_*.py"]
MODEL = Path(PYTHON).parent.parent / "tiny-model"
WIDTH, HEIGHT, IMAGE_TOKENS = 280, 364, 130
# Two servers at once, each a launcher, a scheduler and a detokenizer.
BOTH_MB = 4_500

ENVIRONMENT = {
    "SGLANG_USE_CPU_ENGINE": "1",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    # Compiling for a CPU costs more than it saves here.
    "TORCH_COMPILE_DISABLE": "1",
    "TORCHDYNAMO_DISABLE": "1",
    "OMP_NUM_THREADS": "1",
}
# Two pages run, two wait, the fifth is told that the queue is full.
ARGUMENTS = {
    "device": "cpu",
    "dtype": "float32",
    "attention-backend": "torch_native",
    "mm-attention-backend": "sdpa",
    "sampling-backend": "pytorch",
    "disable-cuda-graph": True,
    "disable-overlap-schedule": True,
    "skip-server-warmup": True,
    # An idle scheduler spins otherwise: two of them leave a machine of two cores nothing for whatever starts next.
    "sleep-on-idle": True,
    "max-total-tokens": 32768,
    "max-running-requests": 2,
    "max-queued-requests": 2,
}


def make_sglang_config(folder: Path, **changes: object) -> SglangConfig:
    given: dict[str, object] = {
        "model": str(MODEL),
        "python": PYTHON,
        "served_name": "olmocr",
        "arguments": ARGUMENTS,
        "environment": ENVIRONMENT,
        "log": folder / "sglang.log",
        "cache": MODEL.parent / "cache",
        "probe_every_seconds": 2.0,
        "failed_probes": 2,
        **changes,
    }
    return SglangConfig(**given)  # type: ignore[arg-type]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Name what is skipped and why, where the environment cannot be had."""
    for item in items:
        if SKIPPED and Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=SKIPPED))


@pytest.fixture(scope="session", autouse=True)
def second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecondWorker | None]:
    """Another launcher with another server, in a process of its own: it starts while the first tests run.

    None where memory is short.
    """
    if SKIPPED or psutil.virtual_memory().available >> 20 < BOTH_MB:
        yield None
        return
    worker = SecondWorker(make_sglang_config(tmp_path_factory.mktemp("second")))
    yield worker
    worker.kill()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SglangServer]:
    """One server for the whole session; the tests that end it come last."""
    async with SglangServer(make_sglang_config(tmp_path_factory.mktemp("sglang"))) as launched:
        yield launched


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=120) as client:
        yield client


@asynccontextmanager
async def engine_on(url: str, *, max_tokens: int = 120, constrained: bool = False) -> AsyncIterator[ServerEngine]:
    profile = ModelProfile(name="tiny", prompt="Read this page.", max_tokens=max_tokens)
    inference = Inference(
        profile="tiny", profiles={"tiny": profile}, constrained=constrained, max_concurrency=4, total_seconds=240
    )
    async with open_server_engine(Settings(server=url, inference=inference)) as engine:
        yield engine


def page_request(text: str, *, temperature: float = 1.0, number: int = 1) -> PageRequest:
    """A page of 280 x 364 pixels: 10 x 13 image tokens."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    ImageDraw.Draw(image).text((20, 20), text, fill="black")
    encoded = io.BytesIO()
    image.save(encoded, "JPEG")
    page = PageRef(doc_id="d" * 64, kind="pdf", location="", size_bytes=1, mtime_ns=1, page_number=number)
    facts = PageImage(
        width=WIDTH, height=HEIGHT, rotation_ccw=0, encoding="jpeg", renderer="none", ink=0.1, is_blank=False
    )
    return PageRequest(page, Attempt(number=1, temperature=temperature), encoded.getvalue(), facts)


async def metric(http: httpx.AsyncClient, url: str, name: str) -> float:
    """The sum of a server's metric over its labels; 0 where it was not written yet."""
    lines = (await http.get(f"{url}/metrics")).text.splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith((f"{name}{{", f"{name} ")))


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 300) -> None:
    """Wait for what another process does. The limit only ends a hopeless wait: nothing is proved by being quick."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - another process is waited for
            await asyncio.sleep(0.2)


def family(server: SglangServer) -> list[psutil.Process]:
    """The guardian and everything below it."""
    assert server.process_id is not None
    guardian = psutil.Process(server.process_id)
    return [guardian, *guardian.children(recursive=True)]
