"""How the receiver of a callback knows who sent it, and when: HMAC-SHA256 over timestamp, a dot and the body."""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

TIMESTAMP = "X-Olmocr-Timestamp"
SIGNATURE = "X-Olmocr-Signature"
_FILE = "callback-secret"


def sign(secret: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """The headers of a callback; ``timestamp`` in seconds since 1970."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, "sha256").hexdigest()
    return {TIMESTAMP: str(timestamp), SIGNATURE: f"sha256={digest}"}


def is_signed(secret: str, headers: Mapping[str, str], body: bytes, now: float, tolerance: float = 300) -> bool:
    """Whether a callback has the right signature and is not older than ``tolerance`` seconds: for receivers in Python."""
    timestamp = headers.get(TIMESTAMP, "")
    if not timestamp.isdecimal() or abs(now - int(timestamp[:20])) > tolerance:
        return False
    return hmac.compare_digest(sign(secret, int(timestamp), body)[SIGNATURE], headers.get(SIGNATURE, ""))


def load_secret(folder: Path) -> str:
    """The secret of a data folder that was given none: made at the first call, for the owner's eyes alone."""
    path = folder / _FILE
    try:
        return path.read_text("ascii")
    except FileNotFoundError:
        made = secrets.token_hex(32)
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(made)
            file.flush()
            os.fsync(file.fileno())
        return made
