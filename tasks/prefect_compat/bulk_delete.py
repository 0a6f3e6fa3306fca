"""Deletes many flow runs with one request.

Relies on: the server's route ``POST /flow_runs/bulk_delete``, which Prefect's client has no method for.
Why: the client deletes one flow run a request; a year of a team's history is tens of thousands.
Contract: tests/tasks/prefect_compat/test_bulk_delete.py deletes flow runs on a real server.
Goes when: Prefect's client has a method for the route.
"""

from __future__ import annotations

from typing import Any

from prefect.client.orchestration import PrefectClient

# The server takes at most so many in one request.
MOST_AT_ONCE = 50


async def delete_flow_runs(client: PrefectClient, flow_runs: dict[str, Any]) -> int:
    """Delete up to MOST_AT_ONCE flow runs that match a filter, as JSON of the API; the number deleted, 0 for none left."""
    request: Any = client.request
    answer = await request("POST", "/flow_runs/bulk_delete", json={"flow_runs": flow_runs, "limit": MOST_AT_ONCE})
    return len(answer.json()["deleted"])
