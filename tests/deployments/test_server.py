"""What stands on a real server after deploying, and what its automations do when a night goes wrong."""

from __future__ import annotations

import json
import time
import uuid
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from deployments.automations import CRASHED, FAILED, GPU_GONE, LATE
from deployments.pools import QUEUES
from tests.deployments.conftest import Deploy, Webhook

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.prefect]


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


def set_state(client: httpx.Client, run: str, state: str, message: str = "") -> None:
    body = {"state": {"type": state, "message": message}, "force": True}
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


def test_pools_and_automations_are_made_once_however_often(client: httpx.Client, deploy: Deploy) -> None:
    succeeded(deploy("pools", "automations", SITE_GPU_SHARDS="3"))
    first = everything(client)
    succeeded(deploy("pools", "automations", SITE_GPU_SHARDS="3"))
    assert everything(client) == first
    assert first["pools"]["cpu"] == ("process", None)
    assert first["pools"]["gpu"] == ("process", 3)
    for pool in ("cpu", "gpu"):
        assert {queue: first["queues"][pool, queue] for queue in QUEUES} == QUEUES
    assert [name for name, _ in first["automations"]] == sorted([FAILED, LATE, GPU_GONE, CRASHED])


def test_every_deployment_stands_and_the_nights_are_on_the_calendar(client: httpx.Client, deploy: Deploy) -> None:
    site = {"SITE_NIGHT_CRON": "30 3 * * *", "SITE_TIMEZONE": "Europe/Paris", "SITE_SOURCES": "s3://in/"}
    first = succeeded(deploy(**site))
    assert first.count("successfully created") == 7
    assert succeeded(deploy(**site)) == first
    night = client.get("/deployments/name/nightly-ingestion/nightly").raise_for_status().json()
    assert night["parameters"]["sources"] == ["s3://in/"]
    assert [(one["schedule"]["cron"], one["schedule"]["timezone"]) for one in night["schedules"]] == [
        ("30 3 * * *", "Europe/Paris")
    ]
    # A deployment can stand there with its schedule and never run: only the server's scheduler makes the runs.
    wanted = {"deployments": {"id": {"any_": [night["id"]]}}, "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
    deadline = time.monotonic() + 90
    while not (runs := post(client, "/flow_runs/filter", wanted)) and time.monotonic() < deadline:
        time.sleep(0.5)
    paris = ZoneInfo("Europe/Paris")
    starts = {datetime.fromisoformat(run["expected_start_time"]).astimezone(paris).strftime("%H:%M") for run in runs}
    assert starts == {"03:30"}
    assert client.delete(f"/deployments/{night['id']}").status_code == 204


def test_a_changed_site_changes_the_server(client: httpx.Client, deploy: Deploy) -> None:
    succeeded(deploy("pools", SITE_GPU_SHARDS="1", SITE_WORKSPACE="s3://bucket/a"))
    succeeded(deploy("pools", SITE_GPU_SHARDS="8", SITE_WORKSPACE="s3://bucket/b"))
    after = everything(client)
    assert after["pools"]["gpu"] == ("process", 8)
    assert after["variables"]["olmocr_workspace"] == "s3://bucket/b"


def test_a_pool_of_another_type_is_left_alone(deploy: Deploy) -> None:
    succeeded(deploy("pools"))
    done = deploy("pools", SITE_POOL_TYPE="docker")
    assert done.returncode == 1
    assert "pool 'cpu' is of type process" in done.stderr


@pytest.mark.parametrize("kind", ["docker", "kubernetes"])
@pytest.mark.parametrize("pool", ["cpu", "gpu"])
def test_the_server_takes_the_other_templates(client: httpx.Client, kind: str, pool: str) -> None:
    from deployments.pools import job_template
    from deployments.site import Site

    name = f"{pool}-{kind}-{uuid.uuid4().hex[:6]}"
    template = job_template(Site(pool_type=kind), pool)
    post(client, "/work_pools/", {"name": name, "type": kind, "base_job_template": template})
    found = client.get(f"/work_pools/{name}").raise_for_status().json()
    client.delete(f"/work_pools/{name}").raise_for_status()
    assert found["base_job_template"]["variables"] == template["variables"]


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


def test_a_run_whose_heartbeats_stop_becomes_crashed(client: httpx.Client, deploy: Deploy) -> None:
    succeeded(deploy("pools", "automations", SITE_HEARTBEAT_SECONDS="10"))
    gone, alive, ended = (make_flow_run(client) for _ in range(3))
    for run in (gone, alive, ended):
        beat(client, run)
    set_state(client, ended, "COMPLETED")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and wait_for_state(client, gone, "CRASHED", 2)["state_type"] != "CRASHED":
        beat(client, alive)
    found = client.get(f"/flow_runs/{gone}").json()["state"]
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


def test_maintenance_forgets_old_flow_runs_and_keeps_failed_ones_longer(
    client: httpx.Client, api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    from prefect.settings import PREFECT_API_URL, temporary_settings

    from olmocr_core.documents.retention import RetentionRules
    from tasks.maintenance import forget_flow_runs

    flow = post(client, "/flows/", {"name": f"old-{uuid.uuid4().hex[:6]}"})["id"]
    for state in ("COMPLETED", "CANCELLED", "FAILED", "CRASHED", "RUNNING"):
        run = post(client, "/flow_runs/", {"flow_id": flow, "state": {"type": "PENDING"}})["id"]
        set_state(client, run, state)
    only = {"flows": {"id": {"any_": [flow]}}}
    with temporary_settings({PREFECT_API_URL: api}):
        today = RetentionRules(flow_run_days=0, failed_run_days=1)
        assert asyncio.run(forget_flow_runs.fn(RetentionRules(), True)) == 0
        assert asyncio.run(forget_flow_runs.fn(today, True)) >= 2
        assert len(post(client, "/flow_runs/filter", only)) == 5
        asyncio.run(forget_flow_runs.fn(today, False))
    left = {run["state_type"] for run in post(client, "/flow_runs/filter", only)}
    assert left == {"FAILED", "CRASHED", "RUNNING"}
