"""Flow runs of shards on the work pools: each is started once, and one request asks for the state of all of them."""

from __future__ import annotations

import asyncio
import itertools
import logging
import math
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import httpx
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun
from prefect.deployments import arun_deployment
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from olmocr_core.domain.errors import RunError
from tasks.prefect_compat.idempotency import is_unheard, shard_key
from tasks.run_watchdog import revival_seconds

_log = logging.getLogger(__name__)
T = TypeVar("T")
# A short flow run is polled often, a long one seldom: waiting adds at most a tenth to the time it took.
FIRST_POLL_SECONDS, LONGEST_POLL_SECONDS = 1.0, 5.0
# Flow runs that one request asks for.
_BATCH = 200


class FlowRuns:
    """The flow runs that one flow started on the pools. Use it with ``async with``: one client serves all of them."""

    def __init__(self) -> None:
        self._awaited: set[UUID] = set()
        self._latest_runs: dict[UUID, FlowRun] = {}
        self._read_at = -math.inf
        self._lock = asyncio.Lock()
        self._context = get_client()

    async def __aenter__(self) -> FlowRuns:
        self._client: PrefectClient = await self._context.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._context.__aexit__(*error)

    async def start(
        self, deployment: str, parameters: dict[str, Any], key: str, numbers: itertools.count[int]
    ) -> FlowRun:
        """Start a flow run, or return the one with this key that still runs. ``numbers`` counts the keys that are used up."""
        for number in numbers:
            start = partial(
                arun_deployment,
                deployment,
                parameters=parameters,
                idempotency_key=shard_key(key, number),
                timeout=0,
                as_subflow=True,
                client=self._client,
            )
            started: FlowRun = await wait_for_server(start)
            # A flow run that had ended before failed in another night, or its pages are gone since: planning, which came
            # later, found pages missing.
            if not _has_ended(started):
                return started
        raise AssertionError("there is always a next number")

    async def wait_for_end(self, run: FlowRun) -> FlowRun:
        """Wait until a flow run has ended. Raises RunError when it is deleted meanwhile.

        One that was declared dead because its heartbeats stopped is given time to report that it is alive.
        """
        since, given_up_at = time.monotonic(), math.inf
        self._awaited.add(run.id)
        try:
            while not _has_ended(run) or (_is_unheard(run) and time.monotonic() < given_up_at):
                given_up_at = min(given_up_at, time.monotonic() + revival_seconds()) if _is_unheard(run) else math.inf
                pause = min(LONGEST_POLL_SECONDS, max(FIRST_POLL_SECONDS, (time.monotonic() - since) / 10))
                await asyncio.sleep(pause)
                run = await self._latest(run.id, pause)
        finally:
            self._awaited.discard(run.id)
        return run

    async def _latest(self, run: UUID, oldest_seconds: float) -> FlowRun:
        async with self._lock:
            # The first to find the states too old reads those of all who wait.
            if time.monotonic() - self._read_at >= oldest_seconds or run not in self._latest_runs:
                self._latest_runs = await self._read(list(self._awaited))
                self._read_at = time.monotonic()
        if run not in self._latest_runs:
            raise RunError(f"flow run {run} was deleted on the Prefect server while the night waited for it")
        return self._latest_runs[run]

    async def _read(self, runs: list[UUID]) -> dict[UUID, FlowRun]:
        found: dict[UUID, FlowRun] = {}
        for first in range(0, len(runs), _BATCH):
            wanted = FlowRunFilter(id=FlowRunFilterId(any_=runs[first : first + _BATCH]))
            # The client's own retries wait for minutes; without them a server that is back is seen within seconds.
            with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}):
                answer = await wait_for_server(
                    partial(self._client.read_flow_runs, flow_run_filter=wanted, limit=_BATCH)
                )
            found |= {one.id: one for one in answer}
        return found


def _has_ended(run: FlowRun) -> bool:
    return run.state is not None and run.state.is_final()


def _is_unheard(run: FlowRun) -> bool:
    return _has_ended(run) and is_unheard(run.state.message if run.state else None)


async def wait_for_server(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask the Prefect server until it answers. Shards go on while it is away, so this waits without a limit.

    A connection fault or a 5xx is asked again; any other error is raised.
    """
    while True:
        try:
            return await ask()
        except httpx.TransportError as error:
            _log.warning("the Prefect server does not answer (%s); asking again", error)
        except httpx.HTTPStatusError as error:
            if not error.response.is_server_error:
                raise
            _log.warning("the Prefect server failed (%s); asking again", error)
        await asyncio.sleep(FIRST_POLL_SECONDS)
