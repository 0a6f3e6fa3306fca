"""Shards of a night, each where it belongs: rendering on the pool ``cpu``, reading on ``gpu``, or all in this process."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal
from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.deployments import run_deployment

from olmocr_core.errors import OlmocrError, RunError
from olmocr_core.identity import bytes_digest
from olmocr_core.models import Frozen
from olmocr_core.plan import Shard
from olmocr_core.stages.begin import RunRef
from tasks.progress import ShardsProgress

_log = logging.getLogger(__name__)
RENDER, TRANSCRIBE = "render-shard/cpu", "transcribe-shard/gpu"
ATTEMPTS = 3
POLL_SECONDS = 2.0


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
    slots, ahead = asyncio.Semaphore(how.in_flight), asyncio.Semaphore(how.in_flight + how.ahead)
    progress = ShardsProgress(shards)
    await progress.begin()

    async def one(shard: Shard) -> ShardResult:
        result = await carried_out(shard)
        await progress.ended(shard, result.error)
        return result

    async def carried_out(shard: Shard) -> ShardResult:
        async with ahead:
            if how.way == "deployments":
                # A head start only: what was not drawn is drawn when it is read.
                rendered = await _attempts(how, RENDER, shard, 1)
                if rendered.error:
                    _log.warning("%s was not drawn ahead: %s", shard.label, rendered.error)
            async with slots:
                return await _attempts(how, TRANSCRIBE, shard, ATTEMPTS)

    return list(await asyncio.gather(*(one(shard) for shard in shards)))


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


async def _attempts(how: Dispatch, deployment: str, shard: Shard, most: int) -> ShardResult:
    error, asked = "", itertools.count(1)
    for attempt in range(1, most + 1):
        error = await (_inline(how, shard) if how.way == "inline" else _deployed(how, deployment, shard, asked))
        if not error:
            return ShardResult(shard=shard, attempts=attempt)
        _log.warning("%s, attempt %d: %s", shard.label, attempt, error)
    return ShardResult(shard=shard, attempts=most, error=error)


async def _inline(how: Dispatch, shard: Shard) -> str:
    try:
        await how.transcribe(how.ref.workspace, how.ref.run, shard.first, shard.last)
    except OlmocrError as error:
        return str(error)
    return ""


async def _deployed(how: Dispatch, deployment: str, shard: Shard, asked: Iterator[int]) -> str:
    """Start a shard's flow run on its pool, unless a dead night left one that still runs, and wait for its end."""
    parameters = {**how.ref.model_dump(), "first": shard.first, "last": shard.last}
    # The key names the pages and not the night: a shard that a dead night left running is taken over.
    place = bytes_digest(how.ref.workspace.encode())[:16]
    for number in asked:
        start = partial(
            run_deployment,
            deployment,
            parameters=parameters,
            idempotency_key=f"{deployment}-{place}-{shard.key}-{number}",
            timeout=0,
            as_subflow=True,
        )
        started: FlowRun = await _patiently(start)
        # One that had ended before it was asked for failed in another night, or its pages are gone since: planning,
        # which looked after that, says that they are missing.
        if started.state is None or not started.state.is_final():
            break
    ended = await _ended(started)
    state = ended.state
    if state is None or state.is_completed():
        return ""
    if state.is_cancelled():
        raise RunError(f"{shard.label} was cancelled")
    return f"{state.name}: {state.message or 'no reason given'}"


async def _ended(run: FlowRun) -> FlowRun:
    """The flow run when it has ended."""
    while run.state is None or not run.state.is_final():
        await asyncio.sleep(POLL_SECONDS)
        run = await _patiently(partial(_read, run.id))
    return run


async def _read(flow_run: UUID) -> FlowRun:
    async with get_client() as client:
        return await client.read_flow_run(flow_run)


async def _patiently(ask: Callable[[], Awaitable[FlowRun]]) -> FlowRun:
    """What the Prefect server answers; one that is away, or stumbles, is waited for: shards go on without it."""
    while True:
        try:
            return await ask()
        except httpx.TransportError as error:
            _log.warning("the Prefect server does not answer (%s); asking again", error)
        except httpx.HTTPStatusError as error:
            if not error.response.is_server_error:
                raise
            _log.warning("the Prefect server stumbles (%s); asking again", error)
        await asyncio.sleep(POLL_SECONDS)
