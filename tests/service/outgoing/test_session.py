from __future__ import annotations

import asyncio
import socket

import aiohttp
import pytest

from service.outgoing.hosts import HostRule, RefusedUrl
from service.outgoing.session import explain, open_session
from tests.ports import free_port


async def error_of(url: str, *rules: HostRule) -> Exception:
    try:
        async with open_session(url, rules, 5) as session, session.get(url):
            raise AssertionError("it answered")
    except (RefusedUrl, aiohttp.ClientError, TimeoutError) as error:
        return error


async def test_why_a_request_failed_is_said_without_addresses() -> None:
    port = free_port()
    own = HostRule("127.0.0.1", port)
    told = {
        explain(await error_of(f"http://127.0.0.1:{port}/", own)),
        explain(await error_of(f"http://localhost:{port}/", HostRule("localhost", port))),
    }
    assert told == {"the host has an address of this network, which this service does not ask"}
    away = await error_of(f"http://127.0.0.1:{port}/", own._replace(private=True))
    assert explain(away) == "the host does not answer"
    unknown = await error_of("http://no-such-host.invalid/", HostRule("*"))
    assert explain(unknown) == "the host's name has no address"
    assert "does not ask" in explain(await error_of("http://127.0.0.1/", own))
    assert explain(TimeoutError()) == "the host took too long"


async def test_a_name_that_resolves_to_another_address_at_each_time_is_checked_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(writer.get_extra_info("peername"))
        writer.close()

    server = await asyncio.start_server(connection, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    addresses = iter(["93.184.216.34", "127.0.0.1"])

    async def resolve(*_: object, **__: object) -> list[dict[str, object]]:
        values = {"hostname": "a.org", "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}
        return [{"host": next(addresses)} | values]

    monkeypatch.setattr(aiohttp.ThreadedResolver, "resolve", resolve)
    # What looked public when somebody else asked is of this network when the connection is opened.
    await aiohttp.ThreadedResolver().resolve("a.org")
    error = await error_of(f"http://a.org:{port}/", HostRule("a.org", port))
    server.close()
    assert "address of this network" in explain(error)
    assert asked == []
