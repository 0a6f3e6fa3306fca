"""What the automations do on a real server when a night goes wrong."""

from __future__ import annotations

import json
import time
import uuid
from datetime import UTC, datetime

import httpx
import pytest

from deployments.automations import FAILED, GPU_GONE, LATE
from tests.deployments.conftest import Deploy, Webhook
from tests.deployments.server import make_flow_run, post, set_state, succeeded, wait_for_state

pytestmark = [pytest.mark.xdist_group("deployments"), pytest.mark.prefect]


def test_an_unknown_block_is_named(deploy: Deploy) -> None:
    done = deploy("automations", SITE_NOTIFY_BLOCK="sendgrid-email/nobody")
    assert done.returncode == 2
    assert "sendgrid-email/nobody" in done.stderr


def test_a_failed_night_is_told(client: httpx.Client, deploy: Deploy, webhook: Webhook) -> None:
    succeeded(deploy("pools", "automations", SITE_WEBHOOK_URL=webhook.url))
    run = make_flow_run(client)
    set_state(client, run, "FAILED", 'shards 3 and 7 failed: "no route"')
    message = webhook.wait_for(FAILED)
    assert 'shards 3 and 7 failed: "no route"' in message["text"]
    assert run in message["text"]


def test_the_address_of_the_webhook_is_not_told(client: httpx.Client, deploy: Deploy, webhook: Webhook) -> None:
    succeeded(deploy("pools", "automations", SITE_WEBHOOK_URL=f"{webhook.url}?token=hunter2"))
    blocks = post(client, "/block_documents/filter", {"include_secrets": False})
    assert any(block["name"] == "olmocr-webhook" for block in blocks)
    assert "hunter2" not in json.dumps(blocks) + json.dumps(post(client, "/automations/filter", {}))


def test_a_night_that_does_not_start_is_told(client: httpx.Client, deploy: Deploy, webhook: Webhook) -> None:
    succeeded(deploy("pools", "automations", SITE_WEBHOOK_URL=webhook.url, SITE_LATE_SECONDS="10"))
    run = make_flow_run(client, "SCHEDULED")
    assert run in webhook.wait_for(LATE)["text"]


def test_gpu_workers_that_fall_silent_are_told(client: httpx.Client, deploy: Deploy, webhook: Webhook) -> None:
    succeeded(deploy("pools", "automations", SITE_WEBHOOK_URL=webhook.url))
    beat = {"name": "gpu-1", "heartbeat_interval_seconds": 1}
    client.post("/work_pools/gpu/workers/heartbeat", json=beat).raise_for_status()
    assert "make worker-gpu" in webhook.wait_for(GPU_GONE)["text"]


def test_a_run_whose_heartbeats_stop_or_never_begin_becomes_crashed(client: httpx.Client, deploy: Deploy) -> None:
    succeeded(deploy("pools", "automations", SITE_HEARTBEAT_SECONDS="10", SITE_START_SECONDS="10"))
    gone, alive, ended = (make_flow_run(client) for _ in range(3))
    # Their worker has taken them, and died before it started their processes.
    taken, submitted = (make_flow_run(client, "PENDING") for _ in range(2))
    set_state(client, submitted, "PENDING", name="Submitting")
    for run in (gone, alive, ended):
        beat(client, run)
    set_state(client, ended, "COMPLETED")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and wait_for_state(client, gone, "CRASHED", 2)["state_type"] != "CRASHED":
        beat(client, alive)
    for run in (gone, taken, submitted):
        found = wait_for_state(client, run, "CRASHED", 30)["state"]
        assert (found["type"], found["message"]) == (
            "CRASHED",
            "No heartbeat for 10 seconds: its process, worker or machine is gone.",
        )
    assert client.get(f"/flow_runs/{alive}").json()["state_type"] == "RUNNING"
    assert client.get(f"/flow_runs/{ended}").json()["state_type"] == "COMPLETED"


def beat(client: httpx.Client, run: str) -> None:
    """What a flow run's process sends every 30 seconds."""
    event = {
        "id": str(uuid.uuid4()),
        "event": "prefect.flow-run.heartbeat",
        "occurred": datetime.now(UTC).isoformat(),
        "resource": {"prefect.resource.id": f"prefect.flow-run.{run}"},
    }
    client.post("/events", json=[event]).raise_for_status()
