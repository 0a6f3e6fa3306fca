"""Proves that an installed wheel can run documents, serve, deploy and work, and that a deployed night reads them."""

from __future__ import annotations

import json
import shutil
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from scripts.release.errors import ReleaseError
from scripts.release.installed import Installed
from tests.ports import free_port

DEPLOYMENTS = 7
DOCUMENT_SUFFIXES = (".pdf", ".tif")
READY_SECONDS = 180
_PLACE = "import deployments, flows, olmocr_core, tasks; print(flows.__file__)"
_NIGHT = """
import sys
from prefect.deployments import run_deployment
run = run_deployment("nightly-ingestion/nightly", timeout=480, poll_interval=1)
print(run.state)
sys.exit(not run.state.is_completed())
"""


def check_commands(installed: Installed, samples: Path) -> None:
    """Try every command on the samples. Raises ReleaseError for the first that does not work."""
    place = installed.call("python", "-c", _PLACE).strip()
    if not place.startswith(str(installed.python.parents[1])):
        raise ReleaseError(f"the packages come from {place}, not from the wheel")
    shutil.copytree(samples, installed.folder / "samples")
    documents = sum(path.suffix in DOCUMENT_SUFFIXES for path in samples.iterdir())
    check_run(installed, documents)
    check_night(installed, documents)


def check_run(installed: Installed, documents: int) -> None:
    """``run`` makes a dataset and starts a server, which ``server`` finds and stops."""
    try:
        installed.call("olmocr-flows", "run", "samples", "--workspace", "out")
        check_dataset(installed.folder / "out", documents)
        installed.call("olmocr-flows", "server", "status")
    finally:
        installed.call("olmocr-flows", "server", "stop")


def check_night(installed: Installed, documents: int) -> None:
    """A server in the foreground, what ``deploy`` makes on it, and a worker for each pool read a night."""
    port = str(free_port())
    with ExitStack() as running:
        running.enter_context(installed.running("olmocr-flows", "server", "serve", "--port", port))
        _wait_for_server(installed)
        site = replace(installed, variables={**installed.variables, "SITE_SOURCES": "samples"})
        created = site.call("olmocr-flows", "deploy")
        if created.count("successfully created") != DEPLOYMENTS:
            raise ReleaseError(f"deploy made other than {DEPLOYMENTS} deployments:\n{created}")
        for pool in ("cpu", "gpu"):
            running.enter_context(site.running("olmocr-flows", "worker", pool))
        url = f"http://127.0.0.1:{port}/api"
        server = {
            "PREFECT_API_URL": url,
            "PREFECT_API_AUTH_STRING": installed.call("olmocr-flows", "server", "auth").strip(),
        }
        replace(installed, variables={**installed.variables, **server}).call("python", "-c", _NIGHT)
    check_dataset(installed.folder / "workspace", documents)


def check_dataset(workspace: Path, documents: int) -> None:
    """Raises ReleaseError unless the workspace's dataset accounts for so many documents and none of them failed."""
    counts = json.loads((workspace / "dataset" / "manifest.json").read_text("utf-8"))["counts"]
    if counts["documents"] != documents or counts["failed"]:
        raise ReleaseError(f"the dataset of {documents} documents counts {counts}")


def _wait_for_server(installed: Installed) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            installed.call("olmocr-flows", "server", "status")
        except ReleaseError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)
        else:
            return
