"""One run from the command line: find or start a Prefect server, run the flow in this process, print the summary."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flows.cli.display import show_progress
from flows.cli.flags import without_none
from flows.cli.plain_console import PlainConsole
from flows.cli.run_summary import print_interrupted, print_summary
from flows.local_server.connection import use_ephemeral_server, use_or_start_server
from flows.local_server.server import state_folder
from olmocr_core.domain.identity import bytes_digest
from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.site_settings import find_site_settings, make_variable_name
from olmocr_core.ledger.diff import Again
from olmocr_core.stages.begin_run import RunRef, new_run_id
from olmocr_core.stages.output import RunSummary
from olmocr_core.storage.paths import is_object_path
from olmocr_core.storage.runs import Workspace
from olmocr_core.wiring import check_engine, open_workspace
from tasks.prefect_compat import apply_to_flow_run
from tasks.prefect_compat.logging_filter import hide_project_tracebacks


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What to run: sources, where the results go, and the settings that flags ask for (nested, None where not given).

    ``again`` and ``replace`` are those of the flow ``convert``.
    """

    sources: tuple[str, ...]
    workspace: str
    engine: str | None = None
    settings: dict[str, object] = field(default_factory=dict)
    again: Again = "none"
    replace: bool = False
    profile: str | None = None
    ephemeral: bool = False


def execute_run(request: RunRequest) -> int:
    """Run the flow ``convert``. The exit code is 0, or 1 when a document failed, or 130 when the run was interrupted."""
    console = PlainConsole()
    # A request that cannot work fails here, before a server is started for it.
    check_request(request)
    workspace = open_workspace(request.workspace)
    if is_object_path(workspace.root):
        workspace.root.is_dir()  # One request: a wrong bucket or wrong credentials fail before anything starts.
    ref = RunRef(workspace=str(workspace.root), run=new_run_id())
    ui = _prepare_prefect(request.ephemeral, results_folder(workspace), console)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with show_progress(workspace.run(ref.run).progress, console):
            summary = asyncio.run(_convert(ref, request))
    except KeyboardInterrupt:
        print_interrupted(ref, console)
        return 130
    print_summary(ref, summary, ui, console)
    return 1 if summary.any_failed else 0


def check_request(request: RunRequest) -> None:
    """Let the request's profile and settings apply in this process. Raises UsageError for what cannot work."""
    if request.profile:
        os.environ["OLMOCR_PROFILE"] = str(Path(request.profile).expanduser().resolve())
    check_engine(load_settings(request.settings, {"engine": request.engine}))
    _export_site_settings(request.settings)


def results_folder(workspace: Workspace) -> Path:
    """Where Prefect keeps the reports of finished slices: in a local workspace, else on this machine.

    They only make finished slices show as Cached. The page cache alone decides which pages are done, so another machine
    without these reports reads no page twice.
    """
    if isinstance(workspace.root, Path):
        return workspace.root / "results"
    return state_folder() / "results" / bytes_digest(str(workspace.root).encode())[:16]


def _export_site_settings(settings: dict[str, object]) -> None:
    """Move settings of a site to the environment: who types a command owns the machine's settings, a flow run does not."""
    for name, value in list(find_site_settings(settings)):
        os.environ[make_variable_name(name)] = str(value)
        *groups, last = name.split(".")
        place: Any = settings
        for group in groups:
            place = place[group]
        del place[last]


def _prepare_prefect(ephemeral: bool, results: Path, console: PlainConsole) -> str | None:
    """Configure Prefect before it is imported, and return the address of its UI; None for an ephemeral server."""
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "WARNING")
    os.environ.setdefault("PREFECT_LOCAL_STORAGE_PATH", str(results))
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    if ephemeral:
        use_ephemeral_server()
        return None
    return use_or_start_server(console)


async def _convert(ref: RunRef, request: RunRequest) -> RunSummary:
    from flows.convert import convert

    apply_to_flow_run()
    hide_project_tracebacks()
    # The flags allow the names that the flow's parameter allows.
    engine: Any = request.engine
    summary: RunSummary = await convert(
        sources=list(request.sources),
        workspace=ref.workspace,
        engine=engine,
        options=without_none(request.settings),
        again=request.again,
        replace=request.replace,
        run=ref.run,
    )
    return summary


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt
