"""Old flow runs that are forgotten on a real server, and what the artifact says of a sweep."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

from olmocr_core.documents.retention import RetentionRules
from tasks.maintenance import forget_flow_runs
from tests.deployments.server import post, set_state
from tests.server_client import ServerClient


@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
def test_maintenance_forgets_old_flow_runs_and_keeps_failed_ones_longer(prefect_api: str, prefect_auth: str) -> None:
    with ServerClient(prefect_api, prefect_auth) as client:
        flow = post(client, "/flows/", {"name": f"old-{uuid.uuid4().hex[:6]}"})["id"]
        for state in ("COMPLETED", "CANCELLED", "FAILED", "CRASHED", "RUNNING"):
            run = post(client, "/flow_runs/", {"flow_id": flow, "state": {"type": "PENDING"}})["id"]
            set_state(client, run, state)
        only = {"flows": {"id": {"any_": [flow]}}}
        with temporary_settings({PREFECT_API_URL: prefect_api, PREFECT_API_AUTH_STRING: prefect_auth}):
            today = RetentionRules(flow_run_days=0, failed_run_days=1)
            assert asyncio.run(forget_flow_runs.fn(RetentionRules(), True)) == 0
            assert asyncio.run(forget_flow_runs.fn(today, True)) >= 2
            assert len(post(client, "/flow_runs/filter", only)) == 5
            asyncio.run(forget_flow_runs.fn(today, False))
        left = {run["state_type"] for run in post(client, "/flow_runs/filter", only)}
    assert left == {"FAILED", "CRASHED", "RUNNING"}
