"""The real servers of others, each in an environment of its own: LITELLM_PYTHON and LLAMA_PYTHON name their interpreters."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

_START_SECONDS = 180.0


def interpreter(variable: str) -> str:
    """The interpreter of an environment; skips where there is none."""
    path = os.environ.get(variable, "")
    if not Path(path).is_file():
        pytest.skip(f"{variable} names no interpreter: CONTRIBUTING.md says what to install")
    return path


@asynccontextmanager
async def running(command: list[str], url: str, log: Path, environ: dict[str, str]) -> AsyncIterator[None]:
    """A server until the end of the block; it is up once ``url`` answers."""
    with log.open("wb") as stream:
        process = await asyncio.create_subprocess_exec(*command, stdout=stream, stderr=stream, env=os.environ | environ)
    try:
        async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(_START_SECONDS):
            while not await _answers(client, url):
                assert process.returncode is None, log.read_text()[-2000:]
                await asyncio.sleep(0.5)
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).is_success
    except httpx.RequestError:
        return False
