"""Creates or renews pools, deployments and automations on the configured Prefect server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

from deployments.site import Site, load_site
from flows.local_server.connection import use_running_server
from olmocr_core.domain.errors import UsageError

# In this order: deployments need their pools.
PARTS = ("pools", "flows", "automations")
PREFECT_FILE = Path(__file__).with_name("prefect.yaml")


def deploy(parts: Sequence[str] = ()) -> Iterator[str]:
    """Create or renew the named parts, all when none is named; yield a line for each thing that now exists.

    Raises UsageError for an unknown part, RunError when there is no server or it refuses.
    """
    if unknown := set(parts) - set(PARTS):
        raise UsageError(f"{', '.join(sorted(unknown))}: name some of {', '.join(PARTS)}, or nothing for all")
    use_running_server()
    site = load_site()
    if "sources" not in site.model_fields_set:
        Path(site.sources[0]).mkdir(exist_ok=True)
    for part in PARTS:
        if part in (parts or PARTS):
            yield from _deploy_part(part, site)


def _deploy_part(part: str, site: Site) -> list[str]:
    # Prefect reads its settings when it is imported, so only now, after the server is known.
    if part == "pools":
        from deployments.pools import create_pools

        return asyncio.run(create_pools(site))
    if part == "automations":
        from deployments.automations import create_automations

        return [f"automation {name!r}" for name in asyncio.run(create_automations(site))]
    from tasks.prefect_compat.deploy_command import deploy_all

    return deploy_all(PREFECT_FILE)
