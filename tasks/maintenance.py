"""Tasks of the weekly maintenance: remove what a workspace no longer needs, and old flow runs of Prefect."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from prefect.artifacts import acreate_markdown_artifact
from prefect.client.orchestration import get_client

from olmocr_core.documents.retention import RetentionRules
from olmocr_core.stages.gc import Removed, maintain
from tasks.decorator import task
from tasks.prefect_compat.bulk_delete import delete_flow_runs

ENDED = ("COMPLETED", "CANCELLED")
FAILED = ("FAILED", "CRASHED")


@task("sweep", "sweep {workspace}")
async def sweep(workspace: str, rules: RetentionRules, dry_run: bool) -> Removed:
    """Remove from a workspace what the rules allow."""
    return await asyncio.to_thread(maintain, workspace, rules, dry_run)


@task("forget-flow-runs", "forget old flow runs")
async def forget_flow_runs(rules: RetentionRules, dry_run: bool) -> int:
    """Delete flow runs that ended long ago and return their number. The server then removes their logs and artifacts."""
    count = 0
    for states, days in ((ENDED, rules.flow_run_days), (FAILED, rules.failed_run_days)):
        before = datetime.now(UTC) - timedelta(days=days)
        chosen = {"state": {"type": {"any_": list(states)}}, "end_time": {"before_": before.isoformat()}}
        count += await (_count(chosen) if dry_run else _delete(chosen))
    return count


async def _count(chosen: dict[str, Any]) -> int:
    async with get_client() as client:
        answer = await client.request("POST", "/flow_runs/count", json={"flow_runs": chosen})
        return int(answer.json())


async def _delete(chosen: dict[str, Any]) -> int:
    count = 0
    async with get_client() as client:
        while deleted := await delete_flow_runs(client, chosen):
            count += deleted
    return count


async def show_removed(workspace: str, removed: Removed, flow_runs: int) -> None:
    """Publish an artifact that lists what was removed."""
    went = "would go" if removed.dry_run else "went"
    lines = [f"# Maintenance of {workspace}", f"| what | {went} | MB |\n| --- | ---: | ---: |"]
    rows = [f"| {kind} | {count} | {removed.bytes[kind] / 1e6:.1f} |" for kind, count in sorted(removed.files.items())]
    lines[1] = "\n".join([lines[1], *rows, f"| flow runs | {flow_runs} | |"])
    lines.append(
        f"{removed.documents_named} documents are named by the dataset, the ledger or a run; their pages stay."
    )
    lines += removed.notes
    if removed.examples:
        lines.append("Some of them:\n\n" + "\n".join(f"- `{name}`" for name in removed.examples))
    await acreate_markdown_artifact("\n\n".join(lines), key="maintenance", description=f"Maintenance of {workspace}")
