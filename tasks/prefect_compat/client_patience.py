"""A flow run waits for a server that is away at any of its requests, also at the first one of a new client.

Patches: the attribute ``_has_connected`` of ``PrefectHttpxAsyncClient`` and ``PrefectHttpxSyncClient``, which is true here.
Why: a client repeats a refused connection only after its first answer, so that a wrong address fails at once. A flow run has
talked to its server before, but Prefect opens new clients all the time: one of them asks for the slot of a tag's limit, and a
server that restarts in that moment costs a shard one of its attempts (ConcurrencySlotAcquisitionError).
Contract: tests/tasks/prefect_compat/test_client_patience.py.
Goes when: Prefect's clients remember for the whole process that the server has answered.
"""

from __future__ import annotations

from typing import Any

from prefect.client import base


def wait_from_the_first_request() -> None:
    """Have new clients of this process repeat refused connections as those do that have connected."""
    always = property(lambda client: True, lambda client, value: None)
    for client in (base.PrefectHttpxAsyncClient, base.PrefectHttpxSyncClient):
        patched: Any = client
        patched._has_connected = always
