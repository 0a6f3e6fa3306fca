"""The package as a whole: what each file says, and that only a call patches anything."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[3]
FILES = sorted(path for path in (REPO / "tasks" / "prefect_compat").glob("*.py") if path.name != "__init__.py")
# Everything that the package patches, and a way to see it.
PATCHED = """
from docket import Worker
from prefect import flow_engine
from prefect.serializers import JSONSerializer, PickleSerializer
from prefect.server.events import triggers
from prefect.workers.base import BaseWorker
def patched():
    return [
        flow_engine.maintain_concurrency_lease, flow_engine.amaintain_concurrency_lease,
        JSONSerializer.loads, PickleSerializer.loads,
        BaseWorker._submit_scheduled_flow_runs, Worker.__init__, triggers.automations_session, BaseWorker.start,
    ]
before = patched()
"""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_says_what_why_which_test_and_until_when(path: Path) -> None:
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    assert "Relies on: " in text or "Patches: " in text
    for part in ("Why: ", "Contract: ", "Goes when: "):
        assert f"\n{part}" in text
    test = f"tests/tasks/prefect_compat/test_{path.stem}.py"
    assert test in text
    assert (REPO / test).is_file()


def run(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", PATCHED + code], cwd=REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_importing_patches_nothing() -> None:
    modules = ", ".join(f"tasks.prefect_compat.{path.stem}" for path in FILES)
    run(f"import {modules}, tasks.decorator, tasks.run_watchdog, flows.convert\nassert patched() == before")


@pytest.mark.parametrize(
    ("call", "changed"),
    [
        ("apply_to_flow_run()", [True] * 4 + [False] * 4),
        ("apply_to_worker()", [False] * 4 + [True] + [False] * 3),
        ("apply_to_worker(drains=True)", [False] * 4 + [True, False, False, True]),
        ("apply_to_sqlite_server()", [False] * 6 + [True, False]),
        ("apply_to_services()", [False] * 5 + [True, False, False]),
    ],
)
def test_one_call_patches_what_a_kind_of_process_needs(call: str, changed: list[bool]) -> None:
    run(
        f"from tasks.prefect_compat import {call.partition('(')[0]}\n{call}\n"
        f"assert [one is not other for one, other in zip(before, patched())] == {changed}"
    )
