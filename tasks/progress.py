"""Live progress: a file that the command line watches, and a progress artifact in the Prefect UI."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import httpx
from prefect.artifacts import acreate_progress_artifact, aupdate_progress_artifact

from olmocr_core.domain.errors import SliceError
from olmocr_core.reading.progress import ProgressSnapshot
from olmocr_core.reading.slices import Shard
from olmocr_core.stages.begin_run import RunRef
from olmocr_core.storage.files import write_atomic
from olmocr_core.storage.paths import is_remote_uri
from olmocr_core.wiring import Runtime
from tasks.runtime import current_runtime

_log = logging.getLogger(__name__)
FILE_SECONDS = 0.5
# In a store each write is a request that costs money.
OBJECT_SECONDS = 5.0
# An update costs the client 30 ms and the server a write. Long runs are looked at less often.
ARTIFACT_SECONDS, BULK_ARTIFACT_SECONDS, BULK_PAGES = 4.0, 15.0, 1000


@asynccontextmanager
async def live_progress(ref: RunRef) -> AsyncIterator[None]:
    """Update the progress file and the artifact while the block runs."""
    updates = asyncio.create_task(_update(ref))
    try:
        yield
    finally:
        updates.cancel()
        with suppress(asyncio.CancelledError):
            await updates
        await asyncio.to_thread(_write, ref, current_runtime())


async def _update(ref: RunRef) -> None:
    artifact: UUID | None = None
    told = ""
    pause = OBJECT_SECONDS if is_remote_uri(ref.workspace) else FILE_SECONDS
    shown = time.monotonic()
    try:
        while True:
            told = await asyncio.to_thread(_write, ref, current_runtime(), told)
            now = current_runtime().progress.snapshot()
            every = ARTIFACT_SECONDS if now.pages <= BULK_PAGES else BULK_ARTIFACT_SECONDS
            if time.monotonic() - shown >= every:
                artifact = await _publish(artifact, now)
                shown = time.monotonic()
            await asyncio.sleep(pause)
    finally:
        if artifact:
            await _publish(artifact, current_runtime().progress.snapshot())


def _write(ref: RunRef, runtime: Runtime, told: str = "") -> str:
    """Write the file; return why it cannot be written, and log that unless it was ``told`` before."""
    try:
        _, folder = ref.open()
        write_atomic(folder.progress, runtime.progress.snapshot().model_dump_json().encode())
    except (OSError, SliceError) as error:
        # Progress is for people to watch. If the disk is at fault, the work itself fails on it.
        if str(error) != told:
            _log.warning("progress not written: %s", error)
        return str(error)
    return ""


class ShardsProgress:
    """The progress artifact of a flow run whose shards are read elsewhere, updated when one of them ends."""

    def __init__(self, shards: Sequence[Shard]) -> None:
        self._shards, self._pages = len(shards), sum(shard.pages for shard in shards)
        self._ended = self._failed = self._read = 0
        self._artifact: UUID | None = None
        # Shards end concurrently: the last count must be the last one shown.
        self._lock = asyncio.Lock()

    async def begin(self) -> None:
        """Show that no shard has ended yet."""
        await self._show()

    async def ended(self, shard: Shard, error: str) -> None:
        """Count a shard that ended; ``error`` is empty when it was read."""
        self._ended += 1
        if error:
            self._failed += 1
        else:
            self._read += shard.pages
        await self._show()

    async def _show(self) -> None:
        async with self._lock:
            failed = f", {self._failed} of them failed" if self._failed else ""
            shards = f"{self._ended} of {self._shards} shards ended{failed}"
            description = f"reading: {shards}; {self._read} of {self._pages} pages read"
            percent = 100 * self._read / self._pages if self._pages else 100.0
            self._artifact = await _show_artifact(self._artifact, percent, description, key="night-progress")


async def _publish(artifact: UUID | None, now: ProgressSnapshot) -> UUID | None:
    percent = 100 * now.done / now.pages if now.pages else 0.0
    description = f"{now.stage}: {now.done} of {now.pages} pages, {now.pages_per_second} pages/s, {_left(now)}"
    return await _show_artifact(artifact, percent, description, key="progress")


async def _show_artifact(artifact: UUID | None, percent: float, description: str, *, key: str) -> UUID | None:
    try:
        if artifact is None:
            return await acreate_progress_artifact(percent, key=key, description=description)
        await aupdate_progress_artifact(artifact, progress=percent, description=description)
    except httpx.HTTPError as error:
        # Progress is for people to watch: a server that is away must not end a run.
        _log.warning("progress artifact not written: %s", error)
    return artifact


def _left(now: ProgressSnapshot) -> str:
    if now.seconds_left is None:
        return "time left unknown"
    minutes, seconds = divmod(int(now.seconds_left), 60)
    return f"{minutes}:{seconds:02d} left"
