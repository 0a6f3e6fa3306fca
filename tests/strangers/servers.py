"""The real servers of others, each in an environment of its own: LITELLM_PYTHON, LLAMA_PYTHON and VLLM_PYTHON name them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

# Only ends a hopeless wait: vLLM imports torch in each of its processes, in one minute or, on a busy machine, four.
_START_SECONDS = 600.0


def interpreter(variable: str) -> str:
    """The interpreter of an environment; skips where there is none."""
    path = os.environ.get(variable, "")
    if not Path(path).is_file():
        pytest.skip(f"{variable} names no interpreter: CONTRIBUTING.md says what to install")
    return path


@asynccontextmanager
async def running(command: list[str], url: str, log: Path, environ: dict[str, str]) -> AsyncIterator[Process]:
    """A server with its helpers, a process group, until the end of the block; it is up once ``url`` answers."""
    with log.open("wb") as stream:
        process = await asyncio.create_subprocess_exec(
            *command, stdout=stream, stderr=stream, env=os.environ | environ, start_new_session=True
        )
    try:
        async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(_START_SECONDS):
            while not await _answers(client, url):
                assert process.returncode is None, log.read_text()[-2000:]
                await asyncio.sleep(0.5)
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        # Helpers that outlive it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).is_success
    except httpx.RequestError:
        return False
