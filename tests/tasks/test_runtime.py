"""Tasks find the runtime of the flow around them."""

from __future__ import annotations

from pathlib import Path

import pytest

from olmocr_core.domain.errors import EngineUnavailable
from olmocr_core.stages.begin_run import RunRef, begin_run
from olmocr_core.stages.compare_sources import ComparePolicy
from tasks import documents, output, pages, runtime
from tasks.runtime import current_runtime, open_flow_runtime
from tests.core.stages.walking import INSTANT
from tests.simulator.server import Simulator


async def test_the_tasks_of_a_run_one_after_the_other(samples: Path, tmp_path: Path) -> None:
    with pytest.raises(LookupError):
        current_runtime()
    ref = begin_run([str(samples / "code_and_formula.pdf")], str(tmp_path), [INSTANT], "r1")
    async with open_flow_runtime(ref) as runtime:
        assert current_runtime() is runtime
        found = await documents.compare.fn(ref, ComparePolicy())
        inspected = [await documents.inspect.fn(ref, batch) for batch in found.batches]
        plan = await documents.plan.fn(ref)
        assert sum(batch.pages for batch in inspected) == plan.pages == 2
        for piece in plan.slices:
            assert (await pages.render.fn(ref, piece)).not_drawn == 0
            assert (await pages.transcribe.fn(ref, piece)).pages == 1
        assert [await documents.assemble.fn(ref, batch) for batch in found.batches] == [1]
        assert (await documents.judge.fn(ref)).documents.kept == 1
        assert Path(await output.publish.fn(ref)).is_file()
        summary = await output.report.fn(ref)
    assert summary.pages.model == 2
    with pytest.raises(LookupError):
        current_runtime()


@pytest.fixture
def late(tmp_path: Path, samples: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Simulator, RunRef]:
    """A server that starts while somebody waits for it, and a run that needs it."""
    server = Simulator()

    async def start(seconds: float) -> None:
        assert 0 < seconds <= 1
        await server.revive()

    monkeypatch.setattr(runtime, "_sleep", start)
    settings = {"engine": "server", "server": f"{server.url}/v1", "inference": {"profile": "generic"}}
    return server, begin_run([str(samples)], str(tmp_path), [settings], "r1")


async def test_a_run_of_a_deployment_waits_for_its_engine(
    late: tuple[Simulator, RunRef], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT__RUNTIME__DEPLOYMENT__ID", "nightly")
    server, ref = late
    async with open_flow_runtime(ref) as opened:
        assert opened.engine.identity.label.startswith("server:")
    await server.die()


async def test_a_run_that_a_person_starts_says_at_once_that_no_server_answers(late: tuple[Simulator, RunRef]) -> None:
    with pytest.raises(EngineUnavailable):
        async with open_flow_runtime(late[1]):
            pass
