"""Shards that are read by another process than the one that planned them."""

from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.domain.errors import RunError
from olmocr_core.engines.scripted import ScriptedEngine
from olmocr_core.stages.pages import begin_shard, check_planned, shard_slices
from olmocr_core.storage.runs import Workspace
from olmocr_core.wiring import open_runtime
from tests.core.stages.walking import opened, planned

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"


async def test_a_machine_that_would_store_pages_under_other_keys_does_not_begin(tmp_path: Path) -> None:
    async with opened([SAMPLES], tmp_path, engine=ScriptedEngine(name="planned")) as (ref, runtime):
        await planned(ref, runtime)
        piece = shard_slices(ref)[0]
        begin_shard(ref, runtime, shard_slices(ref, 2, 4))
        assert (runtime.progress.snapshot().stage, runtime.progress.pages) == ("reading", 3)
        other = ScriptedEngine(name="other")
        async with open_runtime(runtime.settings, Workspace(tmp_path), engine=other) as elsewhere:
            with pytest.raises(RunError, match="planned for another engine"):
                check_planned(ref, elsewhere, piece)
