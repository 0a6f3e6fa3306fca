"""Shards of a night, each where it belongs: rendering on the pool ``cpu``, reading on ``gpu``, or all in this process."""

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
# A flow run that draws serves so many shards: starting it costs more than the records of what it does.
DRAWN_TOGETHER = 2


@dataclass(frozen=True, slots=True)
class Dispatch:
    """How the shards of a run are carried out; ``in_flight`` and ``ahead`` count shards.

    ``transcribe`` is the flow that reads a shard in this process: workspace, run, first and last slice.
    """

    ref: RunRef
    way: Literal["inline", "deployments"]
    in_flight: int
    ahead: int
    transcribe: Callable[[str, str, int, int], Awaitable[object]]


class ShardResult(Frozen):
    """How a shard ended; ``error`` is empty for one that was read to its end."""

    shard: Shard
    attempts: int
    error: str = ""


async def run_shards(how: Dispatch, shards: Sequence[Shard]) -> list[ShardResult]:
    """Carry out every shard. One that fails does not hold up the others; its result says why."""
    progress = ShardsProgress(shards)
    await progress.begin()
    async with FlowRuns() if how.way == "deployments" else nullcontext() as runs:
        hands = _Hands(how, progress, runs)
        groups = draw_groups(shards, how.ahead)
        # How many go on at a time is the hands' affair; one error that is no shard's ends the rest.
        results = await gather_bounded(hands.carry_out, groups, limit=max(1, len(groups)))
    return [result for group in results for result in group]


def draw_groups(shards: Sequence[Shard], ahead: int) -> list[Sequence[Shard]]:
    """Shards by the flow run that draws them: the first alone, because the GPUs wait for it, then two at a time.

    Never more than may be drawn ``ahead``.
    """
    size = max(1, min(DRAWN_TOGETHER, ahead))
    return [shards[:1], *(shards[first : first + size] for first in range(1, len(shards), size))] if shards else []


class _Hands:
    """Draws and reads shards with the bounds that all of them share. ``runs`` is None where they are read in this process."""

    def __init__(self, how: Dispatch, progress: ShardsProgress, runs: FlowRuns | None) -> None:
        self._how, self._progress, self._runs = how, progress, runs
        self._reading = asyncio.Semaphore(how.in_flight)
        self._begun = asyncio.Semaphore(how.in_flight + how.ahead)
        self._turn = asyncio.Lock()

    async def carry_out(self, group: Sequence[Shard]) -> list[ShardResult]:
        async with self._turn:
            # One group after the other: two that had half of their places each would wait for each other.
            for _ in group:
                await self._begun.acquire()
        drawn = self._runs is not None and await self._draw(self._runs, merge_shards(group))
        return await gather_bounded(partial(self._read, drawn=drawn), group, limit=len(group))

    async def _draw(self, runs: FlowRuns, shards: Shard) -> bool:
        # A head start only: what was not drawn is drawn when it is read.
        error = await _deployed(self._how.ref, runs, RENDER, shards, {}, itertools.count(1))
        if error:
            _log.warning("%s: not drawn ahead: %s", shards.label, error)
        return not error

    async def _read(self, shard: Shard, *, drawn: bool) -> ShardResult:
        try:
            async with self._reading:
                result = await self._attempts(shard, drawn)
        finally:
            self._begun.release()
        await self._progress.ended(shard, result.error)
        return result

    async def _attempts(self, shard: Shard, drawn: bool) -> ShardResult:
        error, asked = "", itertools.count(1)
        for attempt in range(1, ATTEMPTS + 1):
            if self._runs is None:
                error = await _inline(self._how, shard)
            else:
                error = await _deployed(self._how.ref, self._runs, TRANSCRIBE, shard, {"drawn": drawn}, asked)
            if not error:
                return ShardResult(shard=shard, attempts=attempt)
            _log.warning("%s, attempt %d: %s", shard.label, attempt, error)
        return ShardResult(shard=shard, attempts=ATTEMPTS, error=error)


def failures(results: Sequence[ShardResult]) -> str:
    """What to tell of shards that failed, and what to do; empty when none did."""
    failed = [result for result in results if result.error]
    if not failed:
        return ""
    named = "; ".join(f"{result.shard.label}: {result.error}" for result in failed[:5])
    return (
        f"{len(failed)} of {len(results)} shards were not read ({named}). The dataset is that of the night before. "
        "Retry this flow run, or wait for the next night: finished pages are in the cache."
    )


async def _inline(how: Dispatch, shard: Shard) -> str:
    try:
        await how.transcribe(how.ref.workspace, how.ref.run, shard.first, shard.last)
    except OlmocrError as error:
        return str(error)
    return ""


async def _deployed(
    ref: RunRef, runs: FlowRuns, deployment: str, shard: Shard, more: dict[str, bool], asked: itertools.count[int]
) -> str:
    """Start a shard's flow run on its pool, unless a dead night left one that still runs, and wait for its end."""
    parameters = {**ref.model_dump(), "first": shard.first, "last": shard.last, **more}
    # The key names the pages and not the night: a shard that a dead night left running is taken over.
    place = bytes_digest(ref.workspace.encode())[:16]
    started = await runs.start(deployment, parameters, f"{deployment}-{place}-{shard.key}", asked)
    state = (await runs.ended(started)).state
    if state is None or state.is_completed():
        return ""
    if state.is_cancelled():
        raise RunError(f"{shard.label} was cancelled")
    return f"{state.name}: {state.message or 'no reason given'}"
