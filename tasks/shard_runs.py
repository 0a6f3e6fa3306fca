"""Flow runs on the work pools: started once whoever asks, and waited for with one question for all of them."""

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
from prefect.deployments import run_deployment
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from olmocr_core.domain.errors import RunError
from tasks.prefect_compat.idempotency import SILENT, numbered, revival_seconds

_log = logging.getLogger(__name__)
T = TypeVar("T")
# A short flow run is asked for often, a long one seldom: nobody waits a tenth longer for it than it took.
FIRST_POLL_SECONDS, LONGEST_POLL_SECONDS = 1.0, 5.0
_AT_ONCE = 200


class FlowRuns:
    """The flow runs that one flow has on the pools. Within ``async with``, which holds one client for all of them."""

    def __init__(self) -> None:
        self._waited: set[UUID] = set()
        self._known: dict[UUID, FlowRun] = {}
        self._asked = -math.inf
        self._turn = asyncio.Lock()
        self._context = get_client()

    async def __aenter__(self) -> FlowRuns:
        self._client: PrefectClient = await self._context.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._context.__aexit__(*error)

    async def start(
        self, deployment: str, parameters: dict[str, Any], key: str, asked: itertools.count[int]
    ) -> FlowRun:
        """Start a flow run, unless one of that key still runs: then it is that one. ``asked`` counts the keys used up."""
        for number in asked:
            start = partial(
                run_deployment,
                deployment,
                parameters=parameters,
                idempotency_key=numbered(key, number),
                timeout=0,
                as_subflow=True,
                client=self._client,
            )
            started: FlowRun = await patiently(start)
            # One that had ended before it was asked for failed in another night, or its pages are gone since: planning,
            # which looked after that, says that they are missing.
            if not _has_ended(started):
                return started
        raise AssertionError("there is always a next number")

    async def ended(self, run: FlowRun) -> FlowRun:
        """The flow run when it has ended. Raises RunError for one that was deleted meanwhile.

        One that was declared dead unseen is given time to say that it lives.
        """
        since, believed = time.monotonic(), math.inf
        self._waited.add(run.id)
        try:
            while not _has_ended(run) or (_is_silent(run) and time.monotonic() < believed):
                believed = min(believed, time.monotonic() + revival_seconds()) if _is_silent(run) else math.inf
                pause = min(LONGEST_POLL_SECONDS, max(FIRST_POLL_SECONDS, (time.monotonic() - since) / 10))
                await asyncio.sleep(pause)
                run = await self._latest(run.id, pause)
        finally:
            self._waited.discard(run.id)
        return run

    async def _latest(self, run: UUID, oldest_seconds: float) -> FlowRun:
        async with self._turn:
            # Whoever is first asks for all who wait.
            if time.monotonic() - self._asked >= oldest_seconds or run not in self._known:
                self._known = await self._read(list(self._waited))
                self._asked = time.monotonic()
        if run not in self._known:
            raise RunError(f"flow run {run} was deleted on the Prefect server while the night waited for it")
        return self._known[run]

    async def _read(self, runs: list[UUID]) -> dict[UUID, FlowRun]:
        found: dict[UUID, FlowRun] = {}
        for first in range(0, len(runs), _AT_ONCE):
            wanted = FlowRunFilter(id=FlowRunFilterId(any_=runs[first : first + _AT_ONCE]))
            # The client's own patience grows to minutes; here a server that is back is seen within seconds.
            with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}):
                answer = await patiently(partial(self._client.read_flow_runs, flow_run_filter=wanted, limit=_AT_ONCE))
            found |= {one.id: one for one in answer}
        return found


def _has_ended(run: FlowRun) -> bool:
    return run.state is not None and run.state.is_final()


def _is_silent(run: FlowRun) -> bool:
    return _has_ended(run) and str(run.state and run.state.message).startswith(SILENT)


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
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
        await asyncio.sleep(FIRST_POLL_SECONDS)
