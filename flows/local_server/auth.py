"""The auth string of this machine's Prefect server: random, in a file that only its user can read.

Without it every web page that a browser on this machine opens, and every account of this machine, could start flow runs.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

USER = "olmocr"
AUTH_HINT = "it asks for the auth string that `olmocr-flows server auth` prints"


def configured_auth() -> str:
    """The auth string that the environment names; empty for none."""
    return os.environ.get("PREFECT_API_AUTH_STRING") or os.environ.get("PREFECT_SERVER_API_AUTH_STRING") or ""


def read_auth(folder: Path) -> str:
    """The auth string that the server with this state folder was given; empty if it was given none of ours."""
    try:
        return (folder / "auth").read_text("ascii").strip()
    except FileNotFoundError:
        return ""


def read_or_make_auth(folder: Path) -> str:
    """The auth string of a state folder, ``olmocr:SECRET``. It stays the same, so that a browser has to ask once only."""
    if not (known := read_auth(folder)):
        descriptor, name = tempfile.mkstemp(prefix=".auth-", dir=folder)  # Its mode is 0600.
        with os.fdopen(descriptor, "w") as stream:
            stream.write(f"{USER}:{secrets.token_urlsafe(24)}\n")
        # A link is made once: of two processes that start together one wins, and both read its string.
        with suppress(FileExistsError):
            os.link(name, folder / "auth")
        Path(name).unlink()
        known = read_auth(folder)
    return known
