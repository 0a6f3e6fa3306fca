from __future__ import annotations

import pytest

from olmocr_core.domain.errors import RunError, UsageError
from olmocr_core.engines.server import open_server_engine
from olmocr_core.reading.front_matter import parse_answer
from tests.core.engines.serving import engine_for, request, settings
from tests.simulator import Shape, Simulator, in_turn


@pytest.mark.parametrize("wanted", ["olmocr", "allenai/olmOCR-2-7B-1025-FP8"])
async def test_a_model_is_found_by_its_served_name_and_by_its_root(wanted: str) -> None:
    async with Simulator() as server:
        chosen = settings(server).model_copy(update={"model": wanted})
        async with open_server_engine(chosen, environ={}) as engine:
            await engine.transcribe(request())
    assert server.bodies[-1]["model"] == "olmocr"


async def test_the_error_for_a_missing_model_lists_the_served_ones() -> None:
    async with Simulator(shape=Shape(model="tiny-vl")) as server:
        chosen = settings(server).model_copy(update={"model": "olmocr"})
        with pytest.raises(UsageError, match=r"does not serve the model 'olmocr'; it serves: tiny-vl"):
            async with open_server_engine(chosen, environ={}):
                pass


@pytest.mark.parametrize(
    ("dialect", "field"), [("sglang", {"regex"}), ("vllm", {"structured_outputs"})], ids=["sglang", "vllm"]
)
async def test_constrained_decoding_is_tested_once_and_then_used(dialect: str, field: set[str]) -> None:
    shape = Shape(dialect=dialect)  # type: ignore[arg-type]
    async with Simulator(in_turn("missing"), shape) as server, engine_for(server, constrained=True) as engine:
        assert server.stats.requests == 1
        completion = await engine.transcribe(request())
        await engine.transcribe(request(2))
        assert server.stats.requests == 3
    assert parse_answer(completion.answer).primary_language == "en"
    assert field <= set(server.bodies[-1])


async def test_a_server_that_ignores_constraints_is_refused() -> None:
    async with Simulator(shape=Shape(obeys_regex=False)) as server:
        with pytest.raises(RunError, match="ignores constrained decoding"):
            async with engine_for(server, constrained=True):
                pass


async def test_constraints_need_sglang_or_vllm() -> None:
    async with Simulator(shape=Shape(dialect="generic")) as server:
        with pytest.raises(UsageError, match="SGLang or vLLM"):
            async with engine_for(server, constrained=True):
                pass
