"""One run from the command line: a Prefect server found or started, the flow run in this process, the result told."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from flows.cli.display import read_snapshot, watching
from flows.cli.main import settings_from_flags
from flows.local_server.server import configured_api, ensure_server, state_folder
from olmocr_core.domain.identity import bytes_digest
from olmocr_core.domain.settings import ENV_PREFIX, load_settings
from olmocr_core.stages.begin_run import RunRef, new_run_id
from olmocr_core.stages.output import RunSummary
from olmocr_core.storage.paths import is_object
from olmocr_core.storage.runs import Workspace
from olmocr_core.wiring import check_engine, open_workspace
from tasks.prefect_compat.logging_filter import keep_tracebacks_of_ours_out

SHOWN_DOCUMENTS = 40
GPU_HINT = (
    "with a GPU server: .venv/bin/pip install olmocr (its prompts), then add "
    "--server http://HOST:PORT/v1 --model allenai/olmOCR-2-7B-1025"
)


def launch(arguments: argparse.Namespace) -> int:
    """Run the flow ``convert`` for a command line; 0, or 1 when a document failed."""
    console = Console(stderr=False, highlight=False)
    if arguments.profile:
        os.environ["OLMOCR_PROFILE"] = str(Path(arguments.profile).expanduser().resolve())
    chosen = settings_from_flags(arguments)
    # What cannot work is said now, before a server is started for it.
    check_engine(load_settings(chosen, {"engine": arguments.engine}))
    _export_workspace_settings(chosen)
    workspace = open_workspace(arguments.workspace)
    if is_object(workspace.root):
        workspace.root.is_dir()  # one request: a wrong bucket or wrong credentials are said before anything starts
    ref = RunRef(workspace=str(workspace.root), run=new_run_id())
    ui = _prepare_prefect(arguments.ephemeral, results_folder(workspace), console)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with watching(workspace.run(ref.run).progress, console):
            summary = asyncio.run(_convert(ref, arguments, chosen))
    except KeyboardInterrupt:
        _say_how_to_go_on(ref, console)
        return 130
    _tell(ref, summary, ui, console)
    return 1 if summary.documents.failed else 0


def results_folder(workspace: Workspace) -> Path:
    """Where Prefect keeps the reports of finished slices: in a local workspace, else on this machine.

    They only make finished slices show as Cached; which pages are done is said by the page cache alone, so that another
    machine without them does no page again.
    """
    if isinstance(workspace.root, Path):
        return workspace.root / "results"
    return state_folder() / "results" / bytes_digest(str(workspace.root).encode())[:16]


def _export_workspace_settings(chosen: dict[str, object]) -> None:
    """Flags about the workspace's store become environment: whatever opens the run by its URI looks for them there."""
    storage = chosen.get("storage")
    given = storage.pop("workspace", {}) if isinstance(storage, dict) else {}
    for name, value in (given if isinstance(given, dict) else {}).items():
        os.environ[f"{ENV_PREFIX}STORAGE__WORKSPACE__{name.upper()}"] = str(value)


def _prepare_prefect(ephemeral: bool, results: Path, console: Console) -> str | None:
    """Settle, before Prefect is imported, which server it talks to; the address of its UI comes back."""
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "WARNING")
    os.environ.setdefault("PREFECT_LOCAL_STORAGE_PATH", str(results))
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    if ephemeral:
        os.environ.pop("PREFECT_API_URL", None)
        os.environ["PREFECT_SERVER_ALLOW_EPHEMERAL_MODE"] = "true"
        os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "180")
        return None
    if api := configured_api():
        return api.removesuffix("/api")
    with console.status("starting a local Prefect server (once; later runs find it)"):
        server = ensure_server()
    os.environ["PREFECT_API_URL"] = server.api_url
    loopback = "127.0.0.1,localhost"
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), loopback)))
    console.print(f"Prefect UI: {server.url}")
    return server.url


async def _convert(ref: RunRef, arguments: argparse.Namespace, chosen: dict[str, object]) -> RunSummary:
    from flows.convert import convert

    keep_tracebacks_of_ours_out()
    summary: RunSummary = await convert(
        sources=[str(source) for source in arguments.sources],
        workspace=ref.workspace,
        engine=arguments.engine,
        options=_without_none(chosen),
        run=ref.run,
    )
    return summary


def _without_none(values: dict[str, object]) -> dict[str, object]:
    """Only what was given: what is absent must not show up as null in the Prefect UI's form."""
    kept: dict[str, object] = {}
    for key, value in values.items():
        inner = _without_none(value) if isinstance(value, dict) else value
        if inner not in (None, {}):
            kept[key] = inner
    return kept


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _say_how_to_go_on(ref: RunRef, console: Console) -> None:
    _, folder = ref.open()
    now = read_snapshot(folder.progress)
    done = f" after {now.done} of {now.pages} pages" if now and now.pages else ""
    console.print(f"\nstopped{done}; finished pages are kept. To go on, run the same command again.")


def _tell(ref: RunRef, summary: RunSummary, ui: str | None, console: Console) -> None:
    _, folder = ref.open()
    table = Table("document", "status", "pages", "why", title=f"run {summary.run}", title_justify="left")
    statuses: Counter[str] = Counter()
    for record in folder.judged():
        statuses[record.status] += 1
        if table.row_count < SHOWN_DOCUMENTS:
            table.add_row(record.sources[0].name, record.status, str(record.page_count), "; ".join(record.reasons))
    console.print(table)
    if statuses.total() > SHOWN_DOCUMENTS:
        console.print(f"... and {statuses.total() - SHOWN_DOCUMENTS} more documents; the report lists them all")
    ends = ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in statuses.most_common())
    console.print(f"{summary.documents.documents} documents: {ends}")
    console.print(_pages_line(summary))
    console.print(f"dataset: {summary.dataset}", soft_wrap=True)
    console.print(f"report:  {summary.report}", soft_wrap=True)
    if ui:
        console.print(f"UI:      {ui}/runs", soft_wrap=True)
    if summary.serving is None:
        console.print(GPU_HINT, soft_wrap=True)


def _pages_line(summary: RunSummary) -> str:
    pages = summary.pages
    routes = {
        "by text layer": pages.text_layer,
        "by OCR": pages.ocr,
        "by model": pages.model,
        "blank": pages.blank,
        "fallback": pages.fallback,
        "failed": pages.failed,
    }
    ways = ", ".join(f"{count} {name}" for name, count in routes.items() if count)
    return (
        f"{pages.total} pages in {summary.seconds:.0f} s, {pages.from_cache} of them from the cache: {ways or 'none'}"
    )
