"""An httpx transport for HTTP/1.1 by aiohttp, which takes a quarter of the CPU of httpcore and h11.

Model servers send streams of many small events; with 256 of them, the transport of httpx was the bottleneck. aiohttp is
installed anyway, with s3fs. It has no HTTP/2, so addresses with TLS use the transport of httpx.
"""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import aiohttp
import httpx

# Larger bodies are sent in pieces, so that one page does not delay the others.
_WHOLE_BODY = 1 << 20
_READ_BUFFER = 1 << 16


class AiohttpTransport(httpx.AsyncBaseTransport):
    """A pool of keep-alive connections to a plain ``http://`` server. Leaving a response early closes its connection."""

    def __init__(self, connections: int, keep_seconds: float, trust_env: bool) -> None:
        self._connections = connections
        self._keep_seconds = keep_seconds
        self._trust_env = trust_env
        self._session: aiohttp.ClientSession | None = None
        self._streaming: set[aiohttp.ClientResponse] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request. Raises the exceptions of httpx."""
        limits = request.extensions.get("timeout", {})
        timeout = aiohttp.ClientTimeout(
            total=None, connect=limits.get("pool"), sock_connect=limits.get("connect"), sock_read=limits.get("read")
        )
        body = await request.aread()
        with _as_httpx_errors():
            response = await self._opened().request(
                request.method,
                str(request.url),
                headers=request.headers.multi_items(),
                data=(body if len(body) <= _WHOLE_BODY else io.BytesIO(body)) or None,
                allow_redirects=False,
                timeout=timeout,
            )
        self._streaming.add(response)
        stream = _Stream(response, self._streaming)
        return httpx.Response(response.status, headers=list(response.raw_headers), stream=stream, request=request)

    async def aclose(self) -> None:
        """Close every connection, which aborts all requests in flight."""
        # Closing the session alone would leave the readers of responses waiting for ever.
        for response in tuple(self._streaming):
            response.close()
        if self._session:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        # Made on first use: a session belongs to the running event loop.
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=self._keep_seconds)
            self._session = aiohttp.ClientSession(
                connector=connector,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=self._trust_env,
                read_bufsize=_READ_BUFFER,
            )
        return self._session


class _Stream(httpx.AsyncByteStream):
    def __init__(self, response: aiohttp.ClientResponse, streaming: set[aiohttp.ClientResponse]) -> None:
        self._response = response
        self._streaming = streaming

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx_errors():
            async for chunk in self._response.content.iter_any():
                yield chunk

    async def aclose(self) -> None:
        # A body that was read to its end has returned its connection already.
        self._streaming.discard(self._response)
        self._response.close()


@contextmanager
def _as_httpx_errors() -> Iterator[None]:
    try:
        yield
    except aiohttp.ConnectionTimeoutError as error:
        raise httpx.ConnectTimeout(str(error)) from error
    except (aiohttp.ServerTimeoutError, TimeoutError) as error:
        raise httpx.ReadTimeout(str(error)) from error
    except aiohttp.ClientConnectorError as error:
        raise httpx.ConnectError(str(error)) from error
    except aiohttp.InvalidURL as error:
        raise httpx.UnsupportedProtocol(str(error)) from error
    except (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError, aiohttp.ClientResponseError) as error:
        raise httpx.RemoteProtocolError(str(error) or "the server closed the connection") from error
    except (aiohttp.ClientError, OSError) as error:
        raise httpx.ReadError(str(error)) from error
