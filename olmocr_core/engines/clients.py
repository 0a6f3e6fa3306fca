"""The connections to one server: httpx, whose streams abort when they are left, over two transports.

Plain ``http://``, which is how a model server beside us is reached, goes through aiohttp (see ``transport``). Addresses with
TLS keep httpx' own transport for HTTP/2. Its pool walks over all its connections, and over them again for each, whenever a
request begins or ends, so there are many small pools of eight connections, one HTTP/2 connection of eight streams each,
and each request takes the least busy one.
"""

from __future__ import annotations

import importlib.util
import logging
import math
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from pydantic import SecretStr

from olmocr_core.engines.dialect import ServerUrl
from olmocr_core.engines.transport import AiohttpTransport

_TLS_POOL = 8
_ASIDE_POOL = 4
_ASIDE_SECONDS = 30.0
_KEEP_SECONDS = 60.0


class Clients:
    """Small pools for pages and one ``aside`` for health, metrics and greetings, which must pass while all pages wait."""

    def __init__(self, url: ServerUrl, key: SecretStr | None, connections: int, connect_seconds: float) -> None:
        self._context = ssl.create_default_context() if url.is_tls else None
        self._url = url
        # SGLang refuses a body whose type it is not told, even one that can only be JSON.
        self._headers = {"Accept-Encoding": "identity", "Content-Type": "application/json"}
        if key is not None:
            _keep_headers_out_of_logs()
            self._headers["Authorization"] = f"Bearer {key.get_secret_value()}"
        # Streams bring their own limits for reading; this one is for the small requests aside.
        self._timeout = httpx.Timeout(_ASIDE_SECONDS, connect=connect_seconds, pool=None)
        self.aside = self._open(_ASIDE_POOL)
        size = _TLS_POOL if url.is_tls else connections
        self._pools = [self._open(size) for _ in range(math.ceil(connections / size))]
        self._in_use = [0] * len(self._pools)

    @contextmanager
    def lend(self) -> Iterator[httpx.AsyncClient]:
        """The least busy pool, for one request."""
        index = self._in_use.index(min(self._in_use))
        self._in_use[index] += 1
        try:
            yield self._pools[index]
        finally:
            self._in_use[index] -= 1

    async def aclose(self) -> None:
        """Close every connection, which aborts what is still in flight."""
        for client in (self.aside, *self._pools):
            await client.aclose()

    def _open(self, connections: int) -> httpx.AsyncClient:
        limits = httpx.Limits(
            max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=_KEEP_SECONDS
        )
        return httpx.AsyncClient(
            headers=self._headers,
            http2=importlib.util.find_spec("h2") is not None,
            # No proxy stands on the way to this machine.
            trust_env=not self._url.is_loopback,
            verify=self._context or False,
            timeout=self._timeout,
            limits=limits,
            transport=self._plain_transport(connections),
        )

    def _plain_transport(self, connections: int) -> AiohttpTransport | None:
        if self._url.is_tls:
            return None
        return AiohttpTransport(connections, _KEEP_SECONDS, trust_env=not self._url.is_loopback)


def _keep_headers_out_of_logs() -> None:
    # The HTTP/2 header codec writes every header, the key among them, to its debug log.
    for name in ("hpack", "hpack.hpack", "hpack.table"):
        logging.getLogger(name).setLevel(logging.INFO)
