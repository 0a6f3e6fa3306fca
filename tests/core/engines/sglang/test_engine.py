"""The engine ``sglang`` from settings, with a stub in the place of SGLang."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from olmocr_core.domain.load_settings import load_settings
from olmocr_core.engines.server_engine import ServerEngine
from olmocr_core.engines.sglang import engine as engine_module
from olmocr_core.engines.sglang.engine import DEFAULT_MODEL, make_sglang_config
from olmocr_core.storage.runs import Workspace
from olmocr_core.wiring import open_runtime
from tests.core.engines.sglang.checkpoint import make_checkpoint

STUB = Path(__file__).parent / "stub"


def test_settings_say_what_is_launched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLMOCR_SGLANG__PYTHON", "/this/machine/python")
    given = {"model": "a/b", "sglang": {"revision": "v1", "arguments": {"tp_size": 2}, "restarts": 1}}
    config = make_sglang_config(load_settings(given, environ={}))
    assert (config.model, config.revision, config.served_name) == ("a/b", "v1", "a/b@v1")
    assert (config.arguments, config.restarts) == ({"tp_size": 2}, 1)
    assert config.python == "/this/machine/python"
    named = make_sglang_config(load_settings({"sglang": {"python": "/the/run/python"}}, environ={}))
    assert (named.model, named.python) == (DEFAULT_MODEL, "/the/run/python")


def test_without_a_python_in_settings_it_is_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OLMOCR_SGLANG__PYTHON", raising=False)
    monkeypatch.delenv("OLMOCR_PROFILE", raising=False)
    assert make_sglang_config(load_settings(environ={})).python == sys.executable


@pytest.mark.parametrize(
    ("max_running", "inference", "expected"),
    [(0, {}, 64), (8, {}, 10), (2, {}, 3), (100, {}, 125), (100, {"max_concurrency": 7}, 7)],
)
def test_a_quarter_more_requests_than_the_gpus_hold(max_running: int, inference: dict[str, Any], expected: int) -> None:
    settings = load_settings({"inference": inference}, environ={})
    assert engine_module._with_concurrency(settings, max_running).inference.max_concurrency == expected


async def test_the_engine_runs_on_the_server_that_it_launched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site"
    (site / "sglang-0.0.1.dist-info").mkdir(parents=True)
    (site / "sglang-0.0.1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: sglang\nVersion: 0.0.1\n")
    pids = tmp_path / "pids"
    for name, value in {
        "PYTHONPATH": f"{STUB}:{site}",
        "STUB_PIDS": str(pids),
        "XDG_CACHE_HOME": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)
    given = {
        "engine": "sglang",
        "model": str(make_checkpoint(tmp_path / "model")),
        "sglang": {"python": sys.executable, "arguments": {"device": "cpu"}, "start_seconds": 60},
        "inference": {"profile": "generic"},
    }
    async with open_runtime(load_settings(given, environ={}), Workspace(tmp_path / "workspace")) as runtime:
        engine = runtime.engine
        assert isinstance(engine, ServerEngine)
        assert (engine.identity.name, engine.identity.model, engine.device) == ("sglang", "model", "gpu")
        assert runtime.serving is not None
        running = [int(word) for word in pids.read_text().split()]
        assert all(psutil.pid_exists(each) for each in running)
    assert not any(psutil.pid_exists(each) for each in running)
