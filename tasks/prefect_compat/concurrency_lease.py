"""A flow run goes on when the Prefect server has lost the lease of its concurrency limit.

Patches: ``maintain_concurrency_lease`` and ``amaintain_concurrency_lease`` as ``prefect.flow_engine`` calls them, with
``raise_on_lease_renewal_failure=True``; here they are called without it.
Why: a deployment's concurrency limit is a lease of five minutes. A server that is away for longer gives it up, and Prefect
ends the flow run at its next renewal (PrefectHQ/prefect #19068, #20251, #21794). A night of hours would be lost. Two nights
at once cost little: they share pages and shards, and the manifest is written last.
Contract: tests/tasks/prefect_compat/test_concurrency_lease.py.
Goes when: Prefect lets a deployment choose what a lost lease means.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from uuid import UUID

from prefect import flow_engine
from prefect.concurrency._leases import amaintain_concurrency_lease, maintain_concurrency_lease


def survive_lost_leases() -> None:
    """Have flow runs of this process log a warning for a lost lease and go on."""
    engine: Any = flow_engine
    engine.maintain_concurrency_lease, engine.amaintain_concurrency_lease = _maintain, _amaintain


@contextmanager
def _maintain(lease_id: UUID, lease_duration: float, **_: bool) -> Iterator[None]:
    with maintain_concurrency_lease(lease_id, lease_duration):
        yield


@asynccontextmanager
async def _amaintain(lease_id: UUID, lease_duration: float, **_: bool) -> AsyncIterator[None]:
    async with amaintain_concurrency_lease(lease_id, lease_duration):
        yield
