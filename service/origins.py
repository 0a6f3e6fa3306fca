"""Web pages of strangers in a browser on this machine: they reach the loopback, where no key is needed."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_OWN = frozenset({"", "same-origin", "none"})


class OwnOrigins:
    """Which requests come from the service's own page or from no page at all. ``base_url``: where clients reach it, too."""

    def __init__(self, host: str, base_url: str = "") -> None:
        self._hosts = _LOOPBACK | {host.lower(), (urlsplit(base_url).hostname or "").lower()}

    def refusal(self, headers: Mapping[str, str]) -> str:
        """Why a request is refused; empty for one that is not.

        A name that a stranger's page lets resolve to this machine is no name of the service (DNS rebinding), and browsers say
        when a request comes from a page of another site.
        """
        asked = _host_of(headers.get("host", ""))
        if asked not in self._hosts:
            return (
                "this service needs no key and is asked by its own names alone: use 127.0.0.1 or localhost, "
                "or set OLMOCR_SERVE_BASE_URL to the address that clients use"
            )
        origin = headers.get("origin", "")
        is_own = not origin or _host_of(urlsplit(origin).netloc) == asked
        if not is_own or headers.get("sec-fetch-site", "").lower() not in _OWN:
            return "this request comes from a page of another site; without an API key the service refuses those"
        return ""


def _host_of(netloc: str) -> str:
    try:
        return (urlsplit(f"//{netloc}").hostname or "").lower()
    except ValueError:
        return ""
