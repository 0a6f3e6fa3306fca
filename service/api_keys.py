"""API keys: the service knows their hashes, names and roles, never the keys themselves."""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, cast, get_args

from olmocr_core.domain.identity import bytes_digest

Role = Literal["submit", "read"]
_LINE = re.compile(r"([\w.-]{1,64}):(\w+):([0-9a-f]{64})")


class ApiKey(NamedTuple):
    """One key: who holds it, what it may do (``read`` submits and deletes nothing), and the sha256 of its text."""

    name: str
    role: Role
    sha256: str

    def __str__(self) -> str:
        """The line for OLMOCR_SERVE_API_KEYS."""
        return f"{self.name}:{self.role}:{self.sha256}"


def make_api_key(name: str, role: Role = "submit") -> tuple[str, ApiKey]:
    """A new random key: its text, which is shown once, and what the service keeps. Raises ValueError for a bad name."""
    text = f"olm_{secrets.token_urlsafe(32)}"
    return text, parse_api_key(str(ApiKey(name, role, bytes_digest(text.encode()))))


def parse_api_key(line: str) -> ApiKey:
    """Read NAME:ROLE:SHA256. Raises ValueError with what is expected; the line itself is not repeated."""
    found = _LINE.fullmatch(line.strip())
    if not found or found[2] not in get_args(Role):
        raise ValueError("a key is NAME:ROLE:SHA256, with the role submit or read; make one with --new-key NAME")
    return ApiKey(found[1], cast(Role, found[2]), found[3])


def find_api_key(keys: Iterable[ApiKey], headers: Mapping[str, str], *, basic: bool = False) -> ApiKey | None:
    """The known key that a request shows, as ``Authorization: Bearer KEY`` or ``X-Api-Key: KEY``; None if there is none.

    ``basic``: also as the password that a browser asked a person for.
    """
    scheme, _, token = headers.get("authorization", "").partition(" ")
    shown = token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")
    if basic and scheme.lower() == "basic":
        shown = _password(token)
    digest = bytes_digest(shown.encode("utf-8", "surrogatepass"))
    # Every key is compared, in constant time: how long it takes tells nothing.
    matching = [key for key in keys if hmac.compare_digest(key.sha256, digest)]
    return matching[0] if matching else None


def _password(token: str) -> str:
    try:
        return base64.b64decode(token, validate=True).decode("utf-8", "replace").partition(":")[2]
    except ValueError:
        return ""
