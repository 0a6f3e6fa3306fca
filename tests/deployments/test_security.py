"""Results are JSON. A pickle is a program: none is written, so none is ever read back."""

from __future__ import annotations

import importlib
import json
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect import Flow, Task
from prefect.serializers import PickleSerializer

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


def run(environment: dict[str, str], document: Path, workspace: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flows.cli", "run", str(document), "--workspace", str(workspace)]
    return subprocess.run(command, cwd=REPO, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.prefect
@pytest.mark.xdist_group("deployments")
def test_results_are_json_and_a_planted_pickle_is_not_run(
    environment: dict[str, str], samples: Path, tmp_path: Path
) -> None:
    document, workspace, mark = samples / "eu-002.pdf", tmp_path / "w", tmp_path / "it-ran"
    done = run(environment, document, workspace)
    assert done.returncode == 0, done.stdout + done.stderr
    results = [path for path in (workspace / "results").rglob("*") if path.is_file()]
    assert results
    for path in results:
        stored = json.loads(path.read_bytes())
        assert stored["metadata"]["serializer"]["type"] == "json", path
        stored["metadata"]["serializer"] = {"type": "pickle"}
        stored["result"] = PickleSerializer().dumps(Planted(mark)).decode()
        path.write_text(json.dumps(stored))
    # The same pages again: their reports would come from the results.
    done = run(environment, document, workspace)
    assert not mark.exists()
    assert done.returncode == 0, done.stdout + done.stderr


class Planted:
    """A pickle of it makes a file when it is read."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return Path.touch, (self._mark,)  # type: ignore[return-value]
