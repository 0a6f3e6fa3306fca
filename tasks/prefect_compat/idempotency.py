"""Who takes the place of a flow run: the words and keys by which night, shard and automation understand each other."""

from __future__ import annotations

import os
import re

# How the automation's message begins when it sets a run to Crashed whose heart it has not heard: nobody saw it die.
SILENT = "No heartbeat for"
CHECK_VARIABLE = "SITE_CHECK_SECONDS"
CHECK_SECONDS = 20.0


def check_seconds() -> float:
    """Seconds between two looks of a flow run at its own state on the server."""
    return float(os.environ.get(CHECK_VARIABLE) or CHECK_SECONDS)


def revival_seconds() -> float:
    """How long a flow run that was declared dead unseen is given to say that it lives."""
    return 2 * check_seconds() + 10


def numbered(key: str, number: int) -> str:
    """The idempotency key of a shard's flow run; ``number`` counts the flow runs that were started for these pages."""
    return f"{key}-{number}"


def next_key(key: str | None) -> str | None:
    """The key of the flow run that would take the place of a shard's; None for what is no shard."""
    found = re.fullmatch(r"((?:render|transcribe)-shard/.+-)(\d+)", key or "")
    return f"{found[1]}{int(found[2]) + 1}" if found else None
