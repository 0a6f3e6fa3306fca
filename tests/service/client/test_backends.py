from __future__ import annotations

import asyncio

import pytest

from service.client.backends import BlockingBackend, finish


def test_what_waits_for_an_event_loop_is_a_mistake() -> None:
    async def wrong() -> None:
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="event loop"):
        finish(wrong())


def test_a_blocking_backend_never_suspends() -> None:
    backend = BlockingBackend()
    assert finish(backend.digest(b"")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    finish(backend.sleep(0))
    finish(backend.close())
