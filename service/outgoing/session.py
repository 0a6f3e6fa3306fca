"""HTTP sessions that connect to allowed addresses alone: what a name resolves to is checked as the connection is opened."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from service.outgoing.hosts import HostRule, RefusedUrl, check_url, is_allowed_address

AddressInfo = tuple[int, int, int, str, tuple[Any, ...]]


class RefusedAddress(OSError):
    """A host that has an address which is not asked."""


@asynccontextmanager
async def open_session(url: str, rules: Iterable[HostRule], seconds: float) -> AsyncIterator[aiohttp.ClientSession]:
    """A session for one request to ``url``: no proxy, no cookies, no redirect is followed by itself, bytes come as they are.

    Raises RefusedUrl. The request raises RefusedAddress, wrapped in aiohttp's error, for a host with an address that is not
    allowed, however often it resolves to another one.
    """
    rule = check_url(url, rules)

    def open_socket(info: AddressInfo) -> socket.socket:
        family, kind, protocol, _, address = info
        if not is_allowed_address(str(address[0]), private=rule.private):
            # The same words for each address: then it is this error that comes out.
            raise RefusedAddress("it is an address of this network")
        return socket.socket(family, kind, protocol)

    connector = aiohttp.TCPConnector(socket_factory=open_socket, use_dns_cache=False, force_close=True)
    timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=min(seconds, 30), sock_read=min(seconds, 60))
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=timeout,
        trust_env=False,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "olmocr-flows", "Accept-Encoding": "identity"},
    ) as session:
        yield session


def explain(error: Exception) -> str:
    """Why a request failed, for people, without addresses of this network."""
    if isinstance(error, RefusedUrl):
        return str(error)
    if isinstance(error, TimeoutError):
        return "the host took too long"
    cause: BaseException | None = error
    while cause:
        if isinstance(cause, RefusedAddress):
            return "the host has an address of this network, which this service does not ask"
        cause = cause.__cause__ or cause.__context__ or getattr(cause, "os_error", None)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "the host's name has no address"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "the host does not answer"
    return "the host broke the connection off"
