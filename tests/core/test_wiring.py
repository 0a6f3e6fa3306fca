from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from olmocr_core.domain.errors import RunError, UsageError
from olmocr_core.domain.load_settings import load_settings
from olmocr_core.domain.settings import Cpu, Limits, Render, Routing, Settings
from olmocr_core.engines.cpu import CpuEngine
from olmocr_core.engines.scripted import ScriptedEngine
from olmocr_core.storage.runs import Workspace
from olmocr_core.wiring import check_engine, open_runtime, open_workspace, resolve_engine_name


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (Settings(), "cpu"),
        (Settings(engine="cpu", server="http://x/v1"), "cpu"),
        (Settings(engine="instant"), "instant"),
    ],
)
def test_auto_means_cpu_without_a_server(settings: Settings, name: str) -> None:
    assert resolve_engine_name(settings) == name


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (Settings(engine="sglang"), "sglang"),
        (Settings(server="http://x/v1"), "server"),
        (Settings(engine="server", server="http://x/v1"), "server"),
    ],
)
def test_gpu_engines_are_named(settings: Settings, name: str) -> None:
    assert resolve_engine_name(settings) == name


def test_engine_server_without_an_address_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="--server"):
        resolve_engine_name(Settings(engine="server"))


def test_a_workspace_is_an_absolute_local_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert open_workspace("ws").root == tmp_path / "ws"
    assert open_workspace("~/ws").root == tmp_path / "home" / "ws"
    with pytest.raises(UsageError, match="gs://bucket"):
        open_workspace("gs://bucket/x")


async def digest(tmp_path: Path, settings: Settings) -> str:
    # No worker starts until the first call, so opening a runtime is cheap.
    async with open_runtime(settings, Workspace(tmp_path)) as runtime:
        return runtime.recipe.digest


async def test_the_settings_that_change_answers_change_the_recipe(tmp_path: Path) -> None:
    base = await digest(tmp_path, Settings())
    changed = [
        Settings(render=Render(longest_side=1000)),
        Settings(cpu=Cpu(ocr_model="tiny")),
        Settings(routing=Routing(mode="engine")),
        Settings(engine="instant"),
    ]
    digests = [await digest(tmp_path, settings) for settings in changed]
    assert len({base, *digests}) == len(changed) + 1


async def test_settings_that_do_not_change_answers_keep_the_recipe(tmp_path: Path) -> None:
    base = await digest(tmp_path, Settings())
    for settings in (Settings(retry_failed=True), Settings(limits=Limits(page_seconds=5))):
        assert await digest(tmp_path, settings) == base


async def test_a_runtime_is_wired_from_settings(tmp_path: Path) -> None:
    settings = Settings.model_validate({"orchestration": {"workers": 3}, "ladder": {"connection_seconds": 7}})
    async with open_runtime(settings, Workspace(tmp_path)) as runtime:
        engine = runtime.read_context.tools.engine
        assert isinstance(engine, CpuEngine)
        assert engine.concurrency == runtime.pool.size == 3
        assert runtime.read_context.tools.backoff.budget_seconds == 7
        assert runtime.recipe.engine == engine.identity
    assert list(tmp_path.iterdir()) == [], "opening a runtime writes nothing"


async def test_the_block_closes_what_it_opened(tmp_path: Path) -> None:
    class Closing(ScriptedEngine):
        closed = False

        async def aclose(self) -> None:
            self.closed = True

    engine = Closing()
    with pytest.raises(KeyError):
        async with open_runtime(Settings(), Workspace(tmp_path), engine=engine) as runtime:
            raise KeyError
    assert engine.closed
    with pytest.raises(RunError, match="closed"):
        await runtime.pool.call("olmocr_core.pdf.inspect:inspect_document", None)


@pytest.mark.parametrize(
    "engine",
    [
        {"server": "http://127.0.0.1:9/v1", "model": "olmocr"},
        {"server": "http://127.0.0.1:9/v1", "inference": {"profile": "olmocr-2"}},
        {"engine": "sglang"},
    ],
)
def test_a_missing_prompt_is_refused_before_anything_starts(
    engine: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("olmocr", "olmocr.prompts", "olmocr.prompts.prompts"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UsageError, match="pip install olmocr"):
        check_engine(load_settings(engine, environ={}))


def test_a_custom_profile_may_match_a_name_that_only_the_server_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("olmocr", "olmocr.prompts", "olmocr.prompts.prompts"):
        monkeypatch.setitem(sys.modules, name, None)
    ours = {"mine": {"prompt": "Read.", "match": ["my-finetune*"]}}
    given = {"server": "http://127.0.0.1:9/v1", "model": "olmocr", "inference": {"profiles": ours}}
    check_engine(load_settings(given, environ={}))
