"""A night goes on when the Prefect server has forgotten that it holds the one place that its deployment allows.

The place is a lease of five minutes. A server that was away for longer gives it up, and Prefect would end the flow run at its
next renewal. What two nights at once could cost is little: they share pages and shards, and the manifest is written last.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from uuid import UUID

from prefect import flow_engine
from prefect.concurrency._leases import amaintain_concurrency_lease, maintain_concurrency_lease


def outlive_leases() -> None:
    """Have flow runs of this process warn of a lease that is lost, and go on."""
    engine: Any = flow_engine
    engine.maintain_concurrency_lease, engine.amaintain_concurrency_lease = _hold, _ahold


@contextmanager
def _hold(lease_id: UUID, lease_duration: float, **_: bool) -> Iterator[None]:
    with maintain_concurrency_lease(lease_id, lease_duration):
        yield


@asynccontextmanager
async def _ahold(lease_id: UUID, lease_duration: float, **_: bool) -> AsyncIterator[None]:
    async with amaintain_concurrency_lease(lease_id, lease_duration):
        yield
