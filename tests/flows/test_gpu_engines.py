"""The engine ``server`` through the real flows, against the simulator: faults, a server that dies."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.flows.conftest import Simulate

pytestmark = [pytest.mark.prefect, pytest.mark.xdist_group("prefect")]
Run = Callable[..., subprocess.CompletedProcess[str]]


def report(workspace: Path) -> dict[str, Any]:
    return json.loads((workspace / "reports" / "latest" / "report.json").read_text())  # type: ignore[no-any-return]


def test_pages_are_read_by_a_server_that_misbehaves_and_dies(
    run: Run, simulate: Simulate, documents: Path, tmp_path: Path
) -> None:
    url = simulate("--faults", 0.2, "--seed", 3, "--dies-after", 20, "--down-seconds", 0.5)
    arguments = ("run", documents, "--workspace", tmp_path / "out", "--server", url, "--pages-per-task", 6)
    generic = ("--set", "inference.profile=generic")
    price = ("--set", "inference.price_per_gpu_hour=2.5", "--set", "inference.idle_seconds=5")
    done = run(*arguments, *generic, *price)
    assert done.returncode == 0, done.stdout
    told = report(tmp_path / "out")
    assert told["counts"]["documents"] == 12
    assert told["pages"]["total"] == 24 == told["pages"]["model"] + told["pages"]["fallback"] + told["pages"]["failed"]
    serving = told["serving"]
    assert serving["faults"]
    assert serving["output_tokens"] > 0
    assert serving["gpu_seconds"] > 0
    assert serving["cost_per_1000_pages"] > 0
    requests = serving["requests"]

    again = run(*arguments, *generic, *price, "--again", "all")
    assert again.returncode == 0, again.stdout
    assert report(tmp_path / "out")["pages"]["from_cache"] == 24
    assert report(tmp_path / "out")["serving"]["requests"] == 0 < requests


def test_a_prompt_that_is_not_installed_is_told_in_one_line(
    run: Run, simulate: Simulate, samples: Path, tmp_path: Path
) -> None:
    """The server alone says that its model is olmocr, so that only the flow can find out."""
    if importlib.util.find_spec("olmocr"):
        pytest.skip("the package olmocr is installed")
    done = run("run", samples / "code_and_formula.pdf", "--workspace", tmp_path / "out", "--server", simulate())
    told = done.stdout + (done.stderr or "")
    assert done.returncode == 2, told
    assert "Traceback" not in told
    assert told.count("belongs to the package olmocr") == 1
    assert "pip install olmocr" in told
