"""A process that plans for GPU workers and the workers must agree on the engine's identity."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from olmocr_core.domain.errors import RunError, UsageError
from olmocr_core.domain.load_settings import load_settings
from olmocr_core.engines.server import open_server_engine
from olmocr_core.engines.server_engine import Launch
from olmocr_core.engines.sglang.process import SglangConfig
from olmocr_core.engines.sglang.remote_identity import RemoteSglang, make_remote_sglang
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
async def test_planner_and_worker_agree_on_the_identity(
    config: dict[str, Any], root: str, inference: dict[str, Any]
) -> None:
    launched = SglangConfig(**config)
    context = int(config.get("arguments", {}).get("context_length", 16384))
    async with Simulator(shape=Shape(model=launched.served_name, root=root, context=context)) as server:
        chosen = settings(server, **inference)
        launch = Launch("sglang", launched.revision or None)
        async with open_server_engine(chosen, environ={}, launch=launch) as engine:
            assert make_remote_sglang(launched, chosen.inference).identity == engine.identity


def test_a_model_without_a_revision_is_refused() -> None:
    with pytest.raises(UsageError, match=r"sglang\.revision"):
        make_remote_sglang(SglangConfig(model="allenai/olmOCR-2"), settings().inference)


async def test_a_process_that_only_plans_launches_nothing_and_reads_nothing(tmp_path: Path) -> None:
    given = {"engine": "sglang", "model": "/models/x", "sglang": {"python": "/no/such/python"}}
    chosen = load_settings(given, {"inference": {"profile": "generic"}}, environ={})
    async with open_runtime(chosen, Workspace(tmp_path), reads=False) as runtime:
        engine = runtime.engine
        assert isinstance(engine, RemoteSglang)
        assert runtime.recipe.engine == engine.identity
        assert runtime.serving is None
        with pytest.raises(RunError, match="read where SGLang runs"):
            await engine.transcribe(request())
