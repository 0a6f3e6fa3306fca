"""Contract: a client asks ``_has_connected`` whether a refused connection is repeated, and sets it itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

import httpx
import pytest
from prefect.client import base

from tasks.prefect_compat import client_patience
from tests.ports import free_port
from tests.service.peers import open_peer

CLIENTS = (base.PrefectHttpxAsyncClient, base.PrefectHttpxSyncClient)


@pytest.fixture(autouse=True)
def unpatched() -> Iterator[None]:
    """Without the patch, which another test of this process may have applied; afterwards as it was."""
    before = [vars(client).get("_has_connected") for client in CLIENTS]

    def remove() -> None:
        for client in CLIENTS:
            if "_has_connected" in vars(client):
                del client._has_connected

    remove()
    yield
    remove()
    for client, value in zip(CLIENTS, before, strict=True):
        if value is not None:
            client._has_connected = value


async def ask(monkeypatch: pytest.MonkeyPatch) -> int:
    """A first request of a new client to a server that starts while the client waits."""
    async with AsyncExitStack() as stack:
        waits = []

        async def start_server(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 1:
                peer = await stack.enter_async_context(open_peer(port=port))
                assert peer.port == port

        port = free_port()
        monkeypatch.setattr(base.anyio, "sleep", start_server)
        async with base.PrefectHttpxAsyncClient(enable_csrf_support=False) as client:
            return (await client.get(f"http://127.0.0.1:{port}/")).status_code


async def test_prefect_gives_up_at_the_first_request_of_a_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, Prefect waits by itself, and the patch can go."""
    with pytest.raises(httpx.ConnectError):
        await ask(monkeypatch)


async def test_a_flow_run_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    client_patience.wait_from_the_first_request()
    client_patience.wait_from_the_first_request()
    assert await asyncio.wait_for(ask(monkeypatch), 20) == 200
    assert base.PrefectHttpxSyncClient()._has_connected is True
