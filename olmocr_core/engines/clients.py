"""The connections to one server: httpx clients, which abort a stream when it is left early, over two transports.

Plain ``http://``, the usual way to a model server nearby, uses aiohttp (see ``transport``). TLS uses the transport of httpx,
for HTTP/2. Its pool loops over all connections, for each connection again, whenever a request begins or ends. So there are
many small pools instead: one HTTP/2 connection with eight streams each, and each request uses the least busy pool.
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

from olmocr_core.engines.api_key import make_authorization
from olmocr_core.engines.bounded import Reply, fetch
from olmocr_core.engines.dialect import ServerUrl
from olmocr_core.engines.transport import AiohttpTransport

_TLS_POOL = 8
_ASIDE_POOL = 4
_ASIDE_SECONDS = 30.0
_KEEP_SECONDS = 60.0


class Clients:
    """Pools for pages, and the client ``aside`` for health, metrics and greetings, which must pass while all pages wait."""

    def __init__(self, url: ServerUrl, key: SecretStr | None, connections: int, connect_seconds: float) -> None:
        self._context = ssl.create_default_context() if url.is_tls else None
        self._url = url
        # SGLang refuses a body without a content type.
        self._headers = {"Accept-Encoding": "identity", "Content-Type": "application/json"}
        if key is not None:
            _keep_headers_out_of_logs()
            self._headers["Authorization"] = make_authorization(key)
        # For the requests of ``aside`` only: streams have time limits of their own.
        self._timeout = httpx.Timeout(_ASIDE_SECONDS, connect=connect_seconds, pool=None)
        self.aside = self._open(_ASIDE_POOL)
        size = _TLS_POOL if url.is_tls else connections
        self._pools = [self._open(size) for _ in range(math.ceil(connections / size))]
        self._in_use = [0] * len(self._pools)

    @contextmanager
    def lend(self) -> Iterator[httpx.AsyncClient]:
        """The client of the least busy pool, for one request."""
        index = self._in_use.index(min(self._in_use))
        self._in_use[index] += 1
        try:
            yield self._pools[index]
        finally:
            self._in_use[index] -= 1

    async def ask(self, address: str) -> Reply:
        """Get a small answer on a connection apart from those of pages. Raises httpx.RequestError."""
        return await fetch(self.aside, address, _ASIDE_SECONDS)

    async def aclose(self) -> None:
        """Close every connection, which aborts all requests in flight."""
        for client in (self.aside, *self._pools):
            await client.aclose()

    def _open(self, connections: int) -> httpx.AsyncClient:
        limits = httpx.Limits(
            max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=_KEEP_SECONDS
        )
        return httpx.AsyncClient(
            headers=self._headers,
            http2=importlib.util.find_spec("h2") is not None,
            # No proxy leads to this machine.
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
    # The HTTP/2 codec writes every header to its debug log, the key included.
    for name in ("hpack", "hpack.hpack", "hpack.table"):
        logging.getLogger(name).setLevel(logging.INFO)
