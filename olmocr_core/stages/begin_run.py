"""Begin a run: settings are merged, checked and stored once, so that every step uses the same ones."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from olmocr_core.domain.errors import UsageError
from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.models import Frozen
from olmocr_core.domain.site_settings import refuse_site_settings
from olmocr_core.storage.runs import RunFolder, RunHeader, Workspace
from olmocr_core.wiring import open_workspace, resolve_engine_name


class RunRef(Frozen):
    """A reference to a run, which flows and tasks exchange."""

    workspace: str
    run: str

    def open(self) -> tuple[Workspace, RunFolder]:
        """Open the workspace and the run's folder in it."""
        workspace = open_workspace(self.workspace)
        return workspace, workspace.run(self.run)


def new_run_id(now: datetime | None = None) -> str:
    """Make a run id that sorts by time, for example ``20261122-213045-5f3a``."""
    moment = now or datetime.now(UTC)
    return f"{moment:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def begin_run(
    sources: Sequence[str], workspace: str, overrides: Sequence[Mapping[str, Any]] = (), run: str | None = None
) -> RunRef:
    """Merge the settings, check them, and write the run's header; a None among the overrides counts as not given.

    Raises UsageError for what cannot work.
    """
    if not sources:
        raise UsageError("no sources given: name files, folders, globs, lists or archives")
    for override in overrides:
        refuse_site_settings(override)
    settings = load_settings(*overrides)
    resolve_engine_name(settings)
    place = open_workspace(workspace)
    ref = RunRef(workspace=str(place.root), run=run or new_run_id())
    header = RunHeader(
        run=ref.run,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        version=project_version(),
        sources=tuple(sources),
        settings=settings,
    )
    try:
        place.run(ref.run).write_header(header)
    except OSError as error:
        raise UsageError(f"workspace {place.root} cannot be written: {error.strerror}") from error
    return ref


def project_version() -> str:
    """The installed version, or ``0+source`` in a checkout that is not installed."""
    try:
        return version("olmocr-flows")
    except PackageNotFoundError:
        return "0+source"


def read_passwords(path: str | None) -> tuple[str, ...]:
    """Read the passwords of a file, one a line. Raises UsageError if it cannot be read."""
    if not path:
        return ()
    try:
        lines = Path(path).expanduser().read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"password file {path}: {error}") from error
    return tuple(line for line in lines if line)
