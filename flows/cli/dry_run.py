"""``olmocr-flows run --dry-run``: what a run would read, renew and leave alone. No Prefect server is needed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from rich.table import Table

from flows.cli.execute_run import RunRequest, check_request
from flows.cli.plain_console import PlainConsole
from olmocr_core.stages.compare_sources import ComparePolicy
from olmocr_core.stages.dry_run import DryRun, plan_dry_run

SHOWN_DOCUMENTS = 40


def print_dry_run(request: RunRequest) -> int:
    """Look at the sources as the run would, and print what it would do. The exit code is 0."""
    console = PlainConsole()
    check_request(request)
    policy = ComparePolicy(again=request.again, on_new_recipe=True, replace=request.replace, strict=True)
    overrides: list[Mapping[str, object]] = [request.settings, {"engine": request.engine}]
    found = asyncio.run(plan_dry_run(request.sources, request.workspace, overrides, policy))
    _print(found, console)
    return 0


def _print(found: DryRun, console: PlainConsole) -> None:
    table = Table("document", "would be", "pages", title="dry run: nothing was changed", title_justify="left")
    for document in found.documents[:SHOWN_DOCUMENTS]:
        pages = "?" if document.error else f"{document.pages}, {document.cached} of them from the cache"
        table.add_row(document.name, "read" if not document.error else f"failed: {document.error}", pages)
    if found.documents:
        console.print(table)
    if len(found.documents) > SHOWN_DOCUMENTS:
        console.print(f"... and {len(found.documents) - SHOWN_DOCUMENTS} more documents")
    counts = found.counts
    console.print(
        f"{counts.listed} files: {counts.new} new, {counts.changed} changed, {counts.again} to read again, "
        f"{counts.unchanged + counts.returned} unchanged"
    )
    console.print(f"{found.pages} pages of {len(found.documents)} documents, {found.cached} of them from the cache")
    for one in found.not_followed[:SHOWN_DOCUMENTS]:
        console.print(f"not followed: {one.source.uri}: {one.reason}", soft_wrap=True)
    if len(found.not_followed) > SHOWN_DOCUMENTS:
        console.print(f"... and {len(found.not_followed) - SHOWN_DOCUMENTS} more that are not followed")
    if found.dropped:
        console.print(f"{found.dropped} files would leave the dataset (--replace)")
