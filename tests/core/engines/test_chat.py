from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olmocr_core.domain.errors import EngineUnavailable
from olmocr_core.domain.models import Completion
from olmocr_core.engines import clients as clients_module
from olmocr_core.engines.chat import StreamedAnswer
from olmocr_core.engines.replies import (
    ChatFault,
)
from tests.core.engines.serving import engine_for, request, until
from tests.simulator import Shape, Simulator, in_turn

keys = st.sampled_from(["delta", "message", "content", "finish_reason", "x"])


def test_an_aborted_answer_without_usage_counts_its_pieces() -> None:
    answer = StreamedAnswer()
    for text in ("a", "b", ""):
        answer.add_event({"choices": [{"delta": {"content": text}}]})
    assert answer.usage.output_tokens == 0
    answer.finish = "repetition"
    assert (answer.text, answer.usage.output_tokens) == ("ab", 2)
    answer.add_event({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 9}})
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (5, 9)


def test_surrogate_halves_are_joined_or_replaced() -> None:
    answer = StreamedAnswer()
    for text in (r"a\ud83d", r"\ude00b", r"\ud800c"):
        answer.add_event({"choices": [{"delta": {"content": json.loads(f'"{text}"')}}]})
    assert answer.text == "a\U0001f600b\ufffdc"
    assert Completion(answer=answer.text).model_dump_json()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
        max_leaves=8,
    )
)
def test_malformed_choices_raise_a_fault_or_add_nothing(choices: object) -> None:
    try:
        StreamedAnswer().add_event({"choices": choices})
    except ChatFault:
        return


async def test_a_looping_answer_is_aborted_on_the_server() -> None:
    async with Simulator(in_turn("loop"), Shape(seconds_per_page=0.02)) as server, engine_for(server) as engine:
        completion = await engine.transcribe(request())
        serving = engine.serving()
        await until(lambda: server.stats.aborted == 1)
    assert completion.finish_reason == "repetition"
    assert "and so on and on" in completion.answer
    assert 0 < completion.usage.output_tokens < 400
    assert server.stats.generation_tokens < 1000
    assert serving.aborted_tokens == completion.usage.output_tokens


async def test_a_cancelled_page_is_aborted_on_the_server() -> None:
    async with Simulator(shape=Shape(seconds_per_page=30)) as server, engine_for(server) as engine:
        task = asyncio.create_task(engine.transcribe(request()))
        await until(lambda: server.stats.busy == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: server.stats.aborted == 1 and server.stats.busy == 0)
        assert engine.serving().servers[0].in_flight == 0


async def test_the_timeout_of_small_requests_does_not_apply_to_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients_module, "_ASIDE_SECONDS", 0.05)
    slow = Shape(seconds_per_page=0.4, tokens_per_page=10, tokens_per_event=10)
    async with Simulator(shape=slow) as server, engine_for(server) as engine:
        completion = await engine.transcribe(request())
    assert completion.finish_reason == "stop"


@pytest.mark.parametrize(
    ("limits", "words"),
    [({"first_token_seconds": 0.2, "connect_seconds": 0.1}, "no first token"), ({"total_seconds": 0.3}, "longer than")],
)
async def test_limits_of_first_token_and_whole_answer(limits: dict[str, float], words: str) -> None:
    async with Simulator(shape=Shape(slots=1, seconds_per_page=20)) as server, engine_for(server, **limits) as engine:
        with pytest.raises(EngineUnavailable, match=words):
            await engine.transcribe(request())
        await until(lambda: server.stats.aborted == 1)
