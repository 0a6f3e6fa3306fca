"""Results are JSON. A pickle is a program: none is written, so none is ever read back."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect import Flow, Task

import flows
import tasks

REPO = Path(__file__).resolve().parents[2]


def workers() -> Iterator[Flow[Any, Any] | Task[Any, Any]]:
    for package in (flows, tasks):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            for value in vars(importlib.import_module(module.name)).values():
                if isinstance(value, Flow | Task):
                    yield value


def test_every_task_and_flow_that_keeps_results_keeps_json() -> None:
    found = list(workers())
    assert len(found) > 8
    careless = [one.name for one in found if one.persist_result and one.result_serializer != "json"]
    assert careless == []


def test_every_deployment_says_json_to_its_worker() -> None:
    file = yaml.safe_load((REPO / "deployments" / "prefect.yaml").read_text())
    for deployment in file["deployments"]:
        environment = deployment["work_pool"]["job_variables"]["env"]
        assert environment["PREFECT_RESULTS_DEFAULT_SERIALIZER"] == "json", deployment["name"]


@pytest.mark.prefect
@pytest.mark.xdist_group("prefect")
def test_what_a_run_leaves_in_its_results_is_json(api: str, samples: Path, tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "OLMOCR_"))}
    command = [
        sys.executable,
        "-m",
        "flows.cli",
        "run",
        str(samples / "eu-002.pdf"),
        "--workspace",
        str(tmp_path / "w"),
    ]
    done = subprocess.run(
        command, cwd=REPO, env={**kept, "PREFECT_API_URL": api}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    results = [path for path in (tmp_path / "w" / "results").rglob("*") if path.is_file()]
    assert results
    for path in results:
        stored = json.loads(path.read_bytes())
        assert stored["metadata"]["serializer"]["type"] == "json", path
