"""Pools, queues, limits and variables on a real server."""

from __future__ import annotations

import uuid

import httpx
import pytest

from deployments.automations import CRASHED, FAILED, GPU_GONE, LATE, NOT_STARTED
from deployments.pools import QUEUES, build_job_template
from deployments.site import Site
from tests.deployments.conftest import Deploy
from tests.deployments.server import everything, post, succeeded

pytestmark = [pytest.mark.xdist_group("deployments"), pytest.mark.prefect]


def test_pools_and_automations_are_made_once_however_often(client: httpx.Client, deploy: Deploy) -> None:
    succeeded(deploy("pools", "automations", SITE_GPU_SHARDS="3"))
    first = everything(client)
    succeeded(deploy("pools", "automations", SITE_GPU_SHARDS="3"))
    assert everything(client) == first
    assert first["pools"]["cpu"] == ("process", None)
    assert first["pools"]["gpu"] == ("process", 3)
    for pool in ("cpu", "gpu"):
        assert {queue: first["queues"][pool, queue] for queue in QUEUES} == QUEUES
    assert [name for name, _ in first["automations"]] == sorted([FAILED, LATE, GPU_GONE, CRASHED, NOT_STARTED])


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
    name = f"{pool}-{kind}-{uuid.uuid4().hex[:6]}"
    template = build_job_template(Site(pool_type=kind), pool)
    post(client, "/work_pools/", {"name": name, "type": kind, "base_job_template": template})
    found = client.get(f"/work_pools/{name}").raise_for_status().json()
    client.delete(f"/work_pools/{name}").raise_for_status()
    assert found["base_job_template"]["variables"] == template["variables"]
