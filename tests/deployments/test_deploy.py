"""What ``olmocr-flows deploy`` makes on a real server, from a folder that is no checkout."""

from __future__ import annotations

import time
from datetime import datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from deployments.deploy import PARTS
from tests.deployments.conftest import Deploy
from tests.deployments.server import post, succeeded

pytestmark = [pytest.mark.xdist_group("deployments"), pytest.mark.prefect]


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
    # A flow run with a password in the address of its server is refused, not stored.
    asked = {"parameters": {**night["parameters"], "options": {"server": "http://user:hunter2@gpu:1"}}}
    assert client.post(f"/deployments/{night['id']}/create_flow_run", json=asked).status_code in (409, 422)
    assert not [run for run in post(client, "/flow_runs/filter", {}) if "hunter2" in str(run)]
    # A deployment can stand there with its schedule and never run: only the server's scheduler makes the runs.
    scheduled = {"state": {"type": {"any_": ["SCHEDULED"]}}}
    wanted = {"deployments": {"id": {"any_": [night["id"]]}}, "flow_runs": scheduled}
    deadline = time.monotonic() + 90
    while not (runs := [run for run in post(client, "/flow_runs/filter", wanted) if run["auto_scheduled"]]):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    paris = ZoneInfo("Europe/Paris")
    starts = {datetime.fromisoformat(run["expected_start_time"]).astimezone(paris).strftime("%H:%M") for run in runs}
    assert starts == {"03:30"}
    assert client.delete(f"/deployments/{night['id']}").status_code == 204


def test_relative_paths_start_where_it_runs(client: httpx.Client, deploy: Deploy) -> None:
    succeeded(deploy("pools", SITE_WORKSPACE="ws"))
    variables = {one["name"]: one["value"] for one in post(client, "/variables/filter", {})}
    assert variables["olmocr_workspace"] == str(deploy.folder / "ws")
    assert variables["olmocr_night_sources"] == [str(deploy.folder / "inbox")]
    assert (deploy.folder / "inbox").is_dir(), "the default inbox is made, so that the first night has a folder"


@pytest.mark.parametrize("part", PARTS)
def test_a_part_alone(deploy: Deploy, part: str) -> None:
    succeeded(deploy("pools"))
    lines = succeeded(deploy(part)).splitlines()
    begins = {"pools": "pool cpu", "flows": "Deployment '", "automations": "automation '"}
    assert lines[0].startswith(begins[part])
