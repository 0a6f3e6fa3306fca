"""Shards of a night, each where it belongs: rendering on the pool ``cpu``, reading on ``gpu``, or all in this process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.deployments import run_deployment

from olmocr_core.errors import OlmocrError, RunError
from olmocr_core.models import Frozen
from olmocr_core.plan import Shard
from olmocr_core.stages.begin import RunRef

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

    async def one(shard: Shard) -> ShardResult:
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
    error = ""
    for attempt in range(1, most + 1):
        error = await (_inline(how, shard) if how.way == "inline" else _deployed(how, deployment, shard, attempt))
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


async def _deployed(how: Dispatch, deployment: str, shard: Shard, attempt: int) -> str:
    """Start a shard's flow run on its pool, unless the same pages were asked for before, and wait for its end."""
    parameters = {**how.ref.model_dump(), "first": shard.first, "last": shard.last}
    # The key names the pages and not the night: a shard that a dead night left finished, or running, is taken over.
    key = f"{deployment}-{shard.key}-{attempt}"
    started = await run_deployment(deployment, parameters=parameters, idempotency_key=key, timeout=0, as_subflow=True)
    ended = await _ended(started)
    state = ended.state
    if state is None or state.is_completed():
        return ""
    if state.is_cancelled():
        raise RunError(f"{shard.label} was cancelled")
    return f"{state.name}: {state.message or 'no reason given'}"


async def _ended(run: FlowRun) -> FlowRun:
    """The flow run when it has ended; a server that is away for a while is waited for."""
    while run.state is None or not run.state.is_final():
        await asyncio.sleep(POLL_SECONDS)
        try:
            async with get_client() as client:
                run = await client.read_flow_run(run.id)
        except (httpx.TransportError, httpx.HTTPStatusError) as error:
            _log.warning("the Prefect server does not answer (%s); asking again", error)
    return run
