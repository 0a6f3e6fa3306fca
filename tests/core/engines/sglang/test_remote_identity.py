"""Whoever plans for GPU workers must name the engine exactly as the workers will."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from olmocr_core.domain.errors import RunError, UsageError
from olmocr_core.domain.settings import load_settings
from olmocr_core.engines.server import open_server_engine
from olmocr_core.engines.sglang.process import SglangConfig
from olmocr_core.engines.sglang.remote_identity import RemoteSglang, remote_sglang
from olmocr_core.storage.runs import Workspace
from olmocr_core.wiring import open_runtime
from tests.core.engines.serving import request, settings
from tests.simulator import Shape, Simulator


@pytest.mark.parametrize(
    ("config", "root", "inference"),
    [
        ({"model": "allenai/olmOCR-2", "revision": "v1"}, "/hub/models--allenai--olmOCR-2/snapshots/7b2c", {}),
        ({"model": "/models/olmOCR-2"}, "/models/olmOCR-2", {}),
        ({"model": "/models/olmOCR-2", "revision": "v1"}, "/models/olmOCR-2", {}),
        ({"model": "/models/x", "arguments": {"context_length": 9000}}, "/models/x", {"constrained": True}),
    ],
)
async def test_the_planner_names_the_engine_as_the_worker_does(
    config: dict[str, Any], root: str, inference: dict[str, Any]
) -> None:
    launched = SglangConfig(**config)
    context = int(config.get("arguments", {}).get("context_length", 16384))
    async with Simulator(shape=Shape(model=launched.served_name, root=root, context=context)) as server:
        chosen = settings(server, **inference)
        revision = launched.revision or None
        async with open_server_engine(chosen, environ={}, name="sglang", revision=revision) as engine:
            assert remote_sglang(launched, chosen.inference).identity == engine.identity


def test_weights_that_may_change_under_a_name_are_refused() -> None:
    with pytest.raises(UsageError, match=r"sglang\.revision"):
        remote_sglang(SglangConfig(model="allenai/olmOCR-2"), settings().inference)


async def test_a_process_that_only_plans_launches_nothing_and_reads_nothing(tmp_path: Path) -> None:
    given = {"engine": "sglang", "model": "/models/x", "sglang": {"python": "/no/such/python"}}
    chosen = load_settings(given, {"inference": {"profile": "generic"}}, environ={})
    async with open_runtime(chosen, Workspace(tmp_path), reads=False) as runtime:
        engine = runtime.read_context.tools.engine
        assert isinstance(engine, RemoteSglang)
        assert runtime.recipe.engine == engine.identity
        assert runtime.serving is None
        with pytest.raises(RunError, match="read where SGLang runs"):
            await engine.transcribe(request())
