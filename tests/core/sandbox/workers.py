"""What tests of workers need: the operations of misbehaving.py, and waiting for processes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psutil

from olmocr_core.domain.settings import Limits

LIMITS = Limits(worker_memory_mb=1024, page_seconds=60)
# For operations that write files, to say where they are or to change a document.
WRITING = LIMITS.model_copy(update={"isolation": "off"})


def op(name: str) -> str:
    return f"tests.core.sandbox.misbehaving:{name}"


async def appears(path: Path) -> str:
    async with asyncio.timeout(60):
        while not path.exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.01)
    return path.read_text()


async def gone(*process_ids: int) -> None:
    """Wait until the processes are dead or unreaped corpses."""
    async with asyncio.timeout(30):
        while any(map(_runs, process_ids)):  # noqa: ASYNC110 - not our children
            await asyncio.sleep(0.02)


def _runs(process_id: int) -> bool:
    try:
        return psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
