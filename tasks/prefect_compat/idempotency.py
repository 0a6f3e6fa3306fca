"""Which flow run replaces which: the message and the keys by which nights, shards and the automation know each other.

Relies on: a state's message stays as the automation wrote it, since Prefect has no field that says who set a state; a
second flow run with the same idempotency key of a deployment is the first one; keys of scheduled flow runs look otherwise.
Why: the server declares a flow run Crashed when its heartbeats stop. Nobody saw it die, so it may be alive, and both the
flow run itself and the night that waits for it must tell this state from a crash that a worker saw.
Contract: tests/tasks/prefect_compat/test_idempotency.py.
Goes when: Prefect marks states that its automations set, or detects dead flow runs by itself (PrefectHQ/prefect #16746).
"""

from __future__ import annotations

import re

# How the automation's message begins for a flow run whose heartbeats stopped (deployments/automations.py).
NO_HEARTBEAT = "No heartbeat for"


def is_unheard(message: str | None) -> bool:
    """Whether the message of a Crashed state says that only heartbeats stopped: the flow run may be alive."""
    return (message or "").startswith(NO_HEARTBEAT)


def shard_key(key: str, number: int) -> str:
    """The idempotency key of a shard's flow run; ``number`` counts the flow runs started for the same pages."""
    return f"{key}-{number}"


def next_shard_key(key: str | None) -> str | None:
    """The key of the flow run that replaces a shard's; None when the key is not that of a shard."""
    found = re.fullmatch(r"((?:render|transcribe)-shard/.+-)(\d+)", key or "")
    return f"{found[1]}{int(found[2]) + 1}" if found else None
