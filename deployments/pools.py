"""Work pools, queues, limits and variables on the configured Prefect server. Making them again changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.variables import Variable

from deployments.site import Site
from olmocr_core.domain.errors import RunError

TEMPLATES = Path(__file__).with_name("work_pools")
# A lower number goes first: people wait for a run on demand, nobody waits for the night.
QUEUES = {"on-demand": 1, "nightly": 10}
POOLS = {
    "cpu": "Flows, rendering, assembly, publishing",
    "gpu": "Shards that an engine reads; its limit is the number of shards that the GPUs take at once",
}


async def create_pools(site: Site) -> list[str]:
    """Create or update pools, queues and variables as the site says; a line for each comes back.

    Raises RunError when a pool of that name exists with another type: deployments may use it.
    """
    lines: list[str] = []
    async with get_client() as client:
        for name, about in POOLS.items():
            await _pool(client, site, name, about)
            for queue, priority in QUEUES.items():
                await _queue(client, name, queue, priority)
            lines.append(f"pool {name} ({site.pool_type}), queues {', '.join(QUEUES)}")
    for variable, value in site.variables.items():
        await Variable.aset(variable, value, tags=["olmocr"], overwrite=True)
    return [*lines, f"{len(site.variables)} variables"]


async def _pool(client: PrefectClient, site: Site, name: str, about: str) -> None:
    template = build_job_template(site, name)
    limit = site.gpu_shards if name == "gpu" else None
    try:
        pool = await client.read_work_pool(name)
    except ObjectNotFound:
        wanted = WorkPoolCreate(
            name=name, type=site.pool_type, description=about, base_job_template=template, concurrency_limit=limit
        )
        await client.create_work_pool(wanted)
        return
    if pool.type != site.pool_type:
        raise RunError(
            f"pool {name!r} is of type {pool.type}, SITE_POOL_TYPE says {site.pool_type}; "
            f"delete it first if nothing runs there: prefect work-pool delete {name}"
        )
    changes = WorkPoolUpdate(description=about, base_job_template=template, concurrency_limit=limit)
    await client.update_work_pool(name, changes)


async def _queue(client: PrefectClient, pool: str, queue: str, priority: int) -> None:
    try:
        found = await client.read_work_queue_by_name(queue, work_pool_name=pool)
    except ObjectNotFound:
        try:
            await client.create_work_queue(queue, work_pool_name=pool, priority=priority)
        except ObjectAlreadyExists:  # somebody deploys at the same time
            return
    else:
        if found.priority != priority:
            await client.update_work_queue(found.id, priority=priority)


def build_job_template(site: Site, pool: str) -> dict[str, Any]:
    """The base job template of a pool: the file for its type, with the site's image where there is one."""
    path = TEMPLATES / f"{pool}-{site.pool_type}.json"
    template: dict[str, Any] = json.loads(path.read_text("utf-8"))
    properties = template["variables"]["properties"]
    if "image" in properties:
        properties["image"]["default"] = site.image_gpu if pool == "gpu" else site.image
    return template
