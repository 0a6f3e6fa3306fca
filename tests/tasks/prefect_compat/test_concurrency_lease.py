"""A lease that the server does not know any more costs a warning, not the flow run."""

from __future__ import annotations

import asyncio
import logging
from uuid import uuid4

import pytest
from prefect import flow_engine
from prefect.concurrency import _leases

import tasks.decorator  # noqa: F401 - what every flow imports


class Forgetful:
    """A client of a server that was started anew."""

    def __enter__(self) -> Forgetful:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def renew_concurrency_lease(self, **_: object) -> None:
        raise RuntimeError("410 Gone")


async def test_a_lost_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, told, said = asyncio.get_running_loop(), asyncio.Event(), []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage().startswith("Concurrency lease renewal failed"):
                said.append(record.getMessage())
                loop.call_soon_threadsafe(told.set)

    listener = Listener()
    logger = logging.getLogger("prefect.concurrency")
    logger.addHandler(listener)
    monkeypatch.setattr(_leases, "get_client", lambda **_: Forgetful())
    monkeypatch.setattr(_leases, "_RENEWAL_RETRY_BASE_DELAY", 0.01)
    try:
        async with flow_engine.amaintain_concurrency_lease(uuid4(), 300, raise_on_lease_renewal_failure=True):
            await told.wait()
    finally:
        logger.removeHandler(listener)
    assert ["Execution will continue" in line for line in said] == [True]
