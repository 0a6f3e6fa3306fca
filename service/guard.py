"""What stands before every request: the API key, and headers that keep browsers from doing more than showing the answer."""

from __future__ import annotations

import logging
from collections import Counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api_keys import ApiKey, find_api_key
from service.page.assets import PATHS as PAGE_PATHS
from service.problems import FAULT, problem_response

# Health checks of a container or a load balancer carry no key; a browser asks for one by the page, which holds no secret.
OPEN_PATHS = PAGE_PATHS | {"/health", "/ready"}
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_METHODS = _READING | {"POST", "PUT", "PATCH", "DELETE"}
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

_log = logging.getLogger(__name__)


class Guard:
    """ASGI middleware: refuses requests without a key where keys are set; every answer, also of a fault, has security headers.

    ``requests`` counts the answers by method and status.
    """

    def __init__(
        self, app: ASGIApp, keys: tuple[ApiKey, ...] = (), requests: Counter[tuple[str, int]] | None = None
    ) -> None:
        self._app = app
        self._keys = keys
        self._requests = Counter() if requests is None else requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        started = False

        async def send_guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                # Methods that nobody knows are not told apart: each would be a time series.
                method = scope["method"] if scope["method"] in _METHODS else "other"
                self._requests[method, message["status"]] += 1
            await send(message)

        try:
            await (self._refuse(scope) or self._app)(scope, receive, send_guarded)
        except Exception:
            if started:
                raise
            # Answered here: what answers further out adds no headers.
            _log.exception("%s %s failed", scope["method"], scope["path"])
            await problem_response(500, FAULT)(scope, receive, send_guarded)

    def _refuse(self, scope: Scope) -> ASGIApp | None:
        if not self._keys or scope["path"] in OPEN_PATHS:
            return None
        key = find_api_key(self._keys, Headers(scope=scope))
        if key is None:
            detail = "this service needs an API key: send it as Authorization: Bearer KEY or X-Api-Key: KEY"
            return problem_response(401, detail, {"WWW-Authenticate": "Bearer"})
        if key.role == "read" and scope["method"] not in _READING:
            return problem_response(403, f"the key {key.name!r} may read, and not submit or delete documents")
        return None
