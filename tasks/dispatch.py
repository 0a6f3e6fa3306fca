"""Carries out the shards of a night: draws on the pool ``cpu`` and reads on ``gpu``, or reads them in this process."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Literal

from olmocr_core.domain.errors import OlmocrError, RunError
from olmocr_core.domain.identity import bytes_digest
from olmocr_core.domain.models import Frozen
from olmocr_core.reading.slices import Shard, merge_shards
from olmocr_core.stages.begin_run import RunRef
from tasks.gather import gather_bounded
from tasks.progress import ShardsProgress
from tasks.shard_runs import FlowRuns

_log = logging.getLogger(__name__)
RENDER, TRANSCRIBE = "render-shard/cpu", "transcribe-shard/gpu"
ATTEMPTS = 3
# One flow run draws so many shards: starting it costs more than what it records.
DRAWN_TOGETHER = 2


@dataclass(frozen=True, slots=True)
class Dispatch:
    """How the shards of a run are carried out. ``in_flight`` and ``ahead`` count shards.

    ``transcribe`` is the flow that reads a shard in this process, called with workspace, run, first and last slice.
    """

    ref: RunRef
    mode: Literal["inline", "deployments"]
    in_flight: int
    ahead: int
    transcribe: Callable[[str, str, int, int], Awaitable[object]]


class ShardResult(Frozen):
    """How a shard ended; ``error`` is empty when it was read completely."""

    shard: Shard
    attempts: int
    error: str = ""


async def run_shards(dispatch: Dispatch, shards: Sequence[Shard]) -> list[ShardResult]:
    """Carry out every shard. A shard that fails does not stop the others; its result says why."""
    progress = ShardsProgress(shards)
    await progress.begin()
    async with FlowRuns() if dispatch.mode == "deployments" else nullcontext() as runs:
        runner = _ShardRunner(dispatch, progress, runs)
        groups = draw_groups(shards, dispatch.ahead)
        # The runner bounds what runs at a time; an error that is not a shard's cancels the rest.
        results = await gather_bounded(runner.run_group, groups, limit=max(1, len(groups)))
    return [result for group in results for result in group]


def draw_groups(shards: Sequence[Shard], ahead: int) -> list[Sequence[Shard]]:
    """Shards grouped by the flow run that draws them: the first alone, because the GPUs wait for it, then two at a time.

    A group never holds more than may be drawn ``ahead``.
    """
    size = max(1, min(DRAWN_TOGETHER, ahead))
    return [shards[:1], *(shards[first : first + size] for first in range(1, len(shards), size))] if shards else []


class _ShardRunner:
    """Draws and reads shards within common bounds. ``runs`` is None when they are read in this process."""

    def __init__(self, dispatch: Dispatch, progress: ShardsProgress, runs: FlowRuns | None) -> None:
        self._dispatch, self._progress, self._runs = dispatch, progress, runs
        self._reading = asyncio.Semaphore(dispatch.in_flight)
        self._started = asyncio.Semaphore(dispatch.in_flight + dispatch.ahead)
        self._lock = asyncio.Lock()

    async def run_group(self, group: Sequence[Shard]) -> list[ShardResult]:
        async with self._lock:
            # One group at a time: two that held half of their places each would deadlock.
            for _ in group:
                await self._started.acquire()
        drawn = self._runs is not None and await self._draw(self._runs, merge_shards(group))
        return await gather_bounded(partial(self._read, drawn=drawn), group, limit=len(group))

    async def _draw(self, runs: FlowRuns, shards: Shard) -> bool:
        # Only a head start: a page that was not drawn is drawn when it is read.
        error = await _run_deployed(self._dispatch.ref, runs, RENDER, shards, {}, itertools.count(1))
        if error:
            _log.warning("%s: not drawn ahead: %s", shards.label, error)
        return not error

    async def _read(self, shard: Shard, *, drawn: bool) -> ShardResult:
        try:
            async with self._reading:
                result = await self._read_with_retries(shard, drawn)
        finally:
            self._started.release()
        await self._progress.ended(shard, result.error)
        return result

    async def _read_with_retries(self, shard: Shard, drawn: bool) -> ShardResult:
        error, numbers = "", itertools.count(1)
        for attempt in range(1, ATTEMPTS + 1):
            if self._runs is None:
                error = await _run_inline(self._dispatch, shard)
            else:
                error = await _run_deployed(
                    self._dispatch.ref, self._runs, TRANSCRIBE, shard, {"drawn": drawn}, numbers
                )
            if not error:
                return ShardResult(shard=shard, attempts=attempt)
            _log.warning("%s, attempt %d: %s", shard.label, attempt, error)
        return ShardResult(shard=shard, attempts=ATTEMPTS, error=error)


def describe_failures(results: Sequence[ShardResult]) -> str:
    """A message that names the shards that failed and what to do; empty when none failed."""
    failed = [result for result in results if result.error]
    if not failed:
        return ""
    named = "; ".join(f"{result.shard.label}: {result.error}" for result in failed[:5])
    return (
        f"{len(failed)} of {len(results)} shards were not read ({named}). The dataset is that of the night before. "
        "Retry this flow run, or wait for the next night: finished pages are in the cache."
    )


async def _run_inline(dispatch: Dispatch, shard: Shard) -> str:
    try:
        await dispatch.transcribe(dispatch.ref.workspace, dispatch.ref.run, shard.first, shard.last)
    except OlmocrError as error:
        return str(error)
    return ""


async def _run_deployed(
    ref: RunRef, runs: FlowRuns, deployment: str, shard: Shard, more: dict[str, bool], numbers: itertools.count[int]
) -> str:
    """Run a shard on its pool and return its error, empty for none. A run that a dead night left is taken over."""
    parameters = {**ref.model_dump(), "first": shard.first, "last": shard.last, **more}
    # The key names the pages, not the night, so that a shard that a dead night left running is taken over.
    place = bytes_digest(ref.workspace.encode())[:16]
    started = await runs.start(deployment, parameters, f"{deployment}-{place}-{shard.key}", numbers)
    state = (await runs.wait_for_end(started)).state
    if state is None or state.is_completed():
        return ""
    if state.is_cancelled():
        raise RunError(f"{shard.label} was cancelled")
    return f"{state.name}: {state.message or 'no reason given'}"
