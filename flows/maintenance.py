"""The flow ``maintenance``: what nobody needs any more goes, from the workspace and from Prefect's history."""

from __future__ import annotations

from prefect import flow

from olmocr_core.documents.retention import RetentionRules
from olmocr_core.stages.gc import Removed
from tasks.maintenance import forget_flow_runs, show_removed, sweep


@flow(name="maintenance", flow_run_name="maintenance of {workspace}", result_serializer="json")
async def maintenance(workspace: str, rules: RetentionRules | None = None, dry_run: bool = False) -> Removed:
    """Remove old page images, pages of forgotten documents, old runs and reports, leftovers of crashes, old flow runs.

    A page stays while the dataset, the ledger or a run that is kept names its document, however old it is.

    Args:
        workspace: The folder or ``s3://`` prefix to clean.
        rules: Ages in days from which something may go; the defaults when left out.
        dry_run: Only count what would go.
    """
    chosen = rules or RetentionRules()
    removed: Removed = await sweep(workspace, chosen, dry_run)
    flow_runs = await forget_flow_runs(chosen, dry_run)
    await show_removed(workspace, removed, flow_runs)
    return removed
