"""Contract: the flow engine holds a lease through two functions of its namespace, and asks them to end a run that lost it."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from prefect import flow_engine
from prefect._internal.concurrency.cancellation import CancelledError
from prefect.concurrency import _leases

from tasks.prefect_compat import apply_to_flow_run


class ForgetfulServer:
    """A client of a server that has lost the lease."""

    def __enter__(self) -> ForgetfulServer:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def renew_concurrency_lease(self, **_: object) -> None:
        raise RuntimeError("410 Gone")


@pytest.fixture(autouse=True)
def _lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_leases, "get_client", lambda **_: ForgetfulServer())
    monkeypatch.setattr(_leases, "_RENEWAL_RETRY_BASE_DELAY", 0.01)
    for name in ("maintain_concurrency_lease", "amaintain_concurrency_lease"):
        # Unpatched at the start of each test, and put back after it.
        monkeypatch.setattr(flow_engine, name, getattr(_leases, name))


@asynccontextmanager
async def lost_lease() -> AsyncIterator[list[str]]:
    """What is logged while the flow engine's own call holds a lease that is lost; the block begins after the loss."""
    loop, lost, messages = asyncio.get_running_loop(), asyncio.Event(), []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage().startswith("Concurrency lease renewal failed"):
                messages.append(record.getMessage())
                loop.call_soon_threadsafe(lost.set)

    listener = Listener()
    logger = logging.getLogger("prefect.concurrency")
    logger.addHandler(listener)
    try:
        async with flow_engine.amaintain_concurrency_lease(uuid4(), 300, raise_on_lease_renewal_failure=True):
            await lost.wait()
            # A run that is to be ended is cancelled at its next step.
            await asyncio.sleep(0)
            yield messages
    finally:
        logger.removeHandler(listener)


async def test_a_lost_lease_costs_a_warning() -> None:
    apply_to_flow_run()
    async with lost_lease() as messages:
        assert ["Execution will continue" in message for message in messages] == [True]


async def test_without_the_patch_a_lost_lease_ends_the_run() -> None:
    # When this fails, Prefect lets runs go on by itself: is tasks/prefect_compat/concurrency_lease.py still needed?
    with pytest.raises(CancelledError):
        await run_until_ended()


async def run_until_ended() -> None:
    """A flow that would run for ever, under a lease that is lost."""
    async with lost_lease():
        await asyncio.Event().wait()


def test_the_sync_engine_is_patched_as_well() -> None:
    apply_to_flow_run()
    with flow_engine.maintain_concurrency_lease(uuid4(), 300, raise_on_lease_renewal_failure=True):
        pass


@pytest.mark.parametrize("name", ["maintain_concurrency_lease", "amaintain_concurrency_lease"])
def test_the_engine_calls_what_is_patched(name: str) -> None:
    words = " ".join(inspect.getsource(flow_engine).split())
    assert f" {name}( lease_id, 300, raise_on_lease_renewal_failure=True )" in words
