"""What stands before every request: key, rate and origin; and headers that keep browsers from more than showing answers."""

from __future__ import annotations

import logging
import math
import time
from collections import Counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.access_log import write_access
from service.api_keys import find_api_key
from service.origins import OwnOrigins
from service.page.assets import PATHS as PAGE_PATHS
from service.problems import FAULT, problem_response
from service.rate_limit import RateLimit
from service.settings import ServiceSettings
from service.unread_bodies import UnreadBody

# Health checks of a container or a load balancer carry no key; a browser asks for one by the page, which holds no secret.
OPEN_PATHS = PAGE_PATHS | {"/health", "/ready"}
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_METHODS = _READING | {"POST", "PUT", "PATCH", "DELETE"}
_BASIC = 'Basic realm="olmocr: any name, and an API key as the password", charset="UTF-8"'
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
    """ASGI middleware: refuses requests that may not be served; every answer, also of a fault, has security headers.

    ``requests`` counts the answers by method and status; each is a line of the access log.
    """

    def __init__(
        self, app: ASGIApp, settings: ServiceSettings, requests: Counter[tuple[str, int]] | None = None
    ) -> None:
        self._app = app
        self._keys = settings.api_keys
        self._rate = RateLimit(settings.requests_a_minute)
        self._origins = OwnOrigins(settings.host, settings.base_url)
        self._requests = Counter() if requests is None else requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status, size = time.monotonic(), 0, 0
        watched = UnreadBody(receive, send) if _may_have_body(scope) else None
        receive, send = (watched.receive, watched.send) if watched else (receive, send)

        async def send_guarded(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                # Methods that nobody knows are not told apart: each would be a time series.
                method = scope["method"] if scope["method"] in _METHODS else "other"
                self._requests[method, status] += 1
            size += len(message.get("body", b""))
            await send(message)

        key, refusal = self._check(scope)
        try:
            await (refusal or self._app)(scope, receive, send_guarded)
        except Exception:
            if status:
                raise
            # Answered here: what answers further out adds no headers.
            _log.exception("%s %s failed", scope["method"], scope["path"])
            await problem_response(500, FAULT)(scope, receive, send_guarded)
        finally:
            write_access(scope, status, time.monotonic() - started, size, key)

    def _check(self, scope: Scope) -> tuple[str, ASGIApp | None]:
        """The name of the key that a request shows, and the answer to one that is not served."""
        headers = Headers(scope=scope)
        if not self._keys:
            refusal = self._origins.refusal(headers)
            return "", problem_response(403, refusal) if refusal else self._check_rate("")
        if scope["path"] in OPEN_PATHS:
            return "", None
        # Links to reports are followed by browsers, which can only ask for a password. What they then send by themselves, also
        # for a page of another site, must not be able to change anything.
        basic = scope["method"] in _READING and f"{scope['path']}/".startswith("/runs/")
        key = find_api_key(self._keys, headers, basic=basic)
        if key is None:
            detail = "this service needs an API key: send it as Authorization: Bearer KEY or X-Api-Key: KEY"
            return "", problem_response(401, detail, {"WWW-Authenticate": _BASIC if basic else "Bearer"})
        if key.role == "read" and scope["method"] not in _READING:
            return key.name, problem_response(403, f"the key {key.name!r} may read, and not submit or delete documents")
        return key.name, self._check_rate(key.name)

    def _check_rate(self, key: str) -> ASGIApp | None:
        wait = self._rate.take(key, time.monotonic())
        if not wait:
            return None
        return problem_response(
            429, "too many requests in a minute; send this one again", {"Retry-After": str(math.ceil(wait))}
        )


def _may_have_body(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
