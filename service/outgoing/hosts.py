"""Which hosts may be asked: rules such as ``arxiv.org``, ``*.example.org``, ``*`` or ``private:n8n:5678``."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

_PORTS = {"http": 80, "https": 443}
_LONGEST = 4000
_PRIVATE = "private:"
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class RefusedUrl(Exception):
    """A URL that is not asked; the message says why."""


class HostRule(NamedTuple):
    """Hosts by a pattern, on one port or on those of HTTP and HTTPS. ``private``: they may have addresses of this network."""

    pattern: str
    port: int | None = None
    private: bool = False

    def allows(self, host: str, port: int) -> bool:
        """Whether the rule is about a host and a port."""
        ports = _PORTS.values() if self.port is None else (self.port,)
        return port in ports and fnmatchcase(host, self.pattern)


def parse_host_rule(text: str) -> HostRule:
    """The rule of a text. Raises ValueError for one that is none, and for private hosts that are not named exactly."""
    private = text.startswith(_PRIVATE)
    try:
        parts = urlsplit(f"http://{text.removeprefix(_PRIVATE)}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or parts.path or parts.query or parts.username or (private and any(sign in host for sign in "*?[")):
        raise ValueError(f"{text!r} is no rule for hosts: write arxiv.org, *.example.org, * or private:HOST:PORT")
    return HostRule(host.lower(), port, private)


def check_url(url: str, rules: Iterable[HostRule]) -> HostRule:
    """The rule that allows a URL. Raises RefusedUrl for any other one, and for what is no plain URL of HTTP."""
    parts = _split(url)
    host = (parts.hostname or "").lower().rstrip(".")
    port = parts.port or _PORTS[parts.scheme]
    matching = [rule for rule in rules if rule.allows(host, port)]
    if not matching:
        raise RefusedUrl(f"this service does not ask {host}{_told(parts)}: its settings name the hosts that it asks")
    return max(matching, key=lambda rule: rule.private)


def is_allowed_address(address: str, *, private: bool) -> bool:
    """Whether a connection to an address may be opened: public ones, with ``private`` those of this network and machine.

    Link-local ones never: clouds answer there with secrets of the machine.
    """
    try:
        found = _inner(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    if found.is_link_local or found.is_multicast or found.is_unspecified:
        return False
    return found.is_global or (private and (found.is_private or found.is_loopback))


def _inner(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that packets to an IPv6 address end at, where it holds one."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_plain = parts.scheme in _PORTS and parts.hostname and parts.username is None and parts.password is None
        port = parts.port
    except ValueError:
        is_plain, port = False, None
    if not is_plain or port == 0 or len(url) > _LONGEST or not url.isprintable() or "\\" in url:
        raise RefusedUrl(
            "this is no URL that can be asked: write http://HOST/PATH or https://HOST/PATH, without a password"
        )
    return parts


def _told(parts: SplitResult) -> str:
    return f" on port {parts.port}" if parts.port else ""
