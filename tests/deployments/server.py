"""What tests ask of a Prefect server's API, and what they make on it."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import httpx


def post(client: httpx.Client, path: str, body: Any) -> Any:
    return client.post(path, json=body).raise_for_status().json()


def make_flow_run(client: httpx.Client, state: str = "RUNNING") -> str:
    """A flow run of a deployment called nightly, without a worker."""
    flow = post(client, "/flows/", {"name": "nightly-ingestion"})["id"]
    pool = {"work_pool_name": "cpu", "work_queue_name": "nightly"}
    deployment = post(client, "/deployments/", {"name": "nightly", "flow_id": flow, "entrypoint": "x.y", **pool})
    body = {"state": {"type": "SCHEDULED"}, "name": f"night-{uuid.uuid4().hex[:6]}"}
    run = post(client, f"/deployments/{deployment['id']}/create_flow_run", body)["id"]
    if state != "SCHEDULED":
        set_state(client, run, state)
    return str(run)


def set_state(client: httpx.Client, run: str, state: str, message: str = "", name: str | None = None) -> None:
    body = {"state": {"type": state, "message": message, "name": name}, "force": True}
    post(client, f"/flow_runs/{run}/set_state", body)


def wait_for_state(client: httpx.Client, run: str, state: str, seconds: float = 90) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while True:
        found: dict[str, Any] = client.get(f"/flow_runs/{run}").raise_for_status().json()
        if found["state_type"] == state or time.monotonic() > deadline:
            return found
        time.sleep(0.2)


def succeeded(done: Any) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return str(done.stdout)


def everything(client: httpx.Client) -> dict[str, Any]:
    """What deploying makes, without what changes at every look."""
    pools = post(client, "/work_pools/filter", {})
    queues = [post(client, f"/work_pools/{pool['name']}/queues/filter", {}) for pool in pools]
    automations = post(client, "/automations/filter", {})
    return {
        "pools": {pool["name"]: (pool["type"], pool["concurrency_limit"]) for pool in pools},
        "queues": {(one["work_pool_name"], one["name"]): one["priority"] for many in queues for one in many},
        "variables": {one["name"]: one["value"] for one in post(client, "/variables/filter", {})},
        "automations": sorted((one["name"], json.dumps(one["actions"])) for one in automations),
    }
