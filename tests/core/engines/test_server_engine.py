"""The engine ``server`` beyond the ladder: what it asks at start, what it tells, its key, its replicas, its limits."""

import asyncio
import json
import logging
import re
from dataclasses import replace

import httpx
import pytest
from pydantic import SecretStr

from olmocr_core.domain.errors import EngineUnavailable, RunError, UsageError
from olmocr_core.domain.model_profile import ModelProfile
from olmocr_core.domain.settings import load_settings
from olmocr_core.engines import server_engine as server_module
from olmocr_core.engines.clients import Clients
from olmocr_core.engines.dialect import Dialect, ServerUrl, detect, server_urls
from olmocr_core.engines.server import open_server_engine
from olmocr_core.engines.server_engine import Launch
from olmocr_core.reading.front_matter import parse_answer
from olmocr_core.reading.model_profiles import front_matter_regex
from olmocr_core.reading.read_page import read_page
from tests.core.engines.serving import engine_for, reading, request, settings, until
from tests.core.fakes import Clock, page
from tests.simulator import Shape, Simulator, in_turn

KEY = "sk-very-secret-0123456789"


async def test_the_only_model_is_taken_and_named_in_the_identity() -> None:
    async with Simulator() as server, engine_for(server) as engine:
        identity = engine.identity
    assert (identity.name, identity.model, identity.revision) == ("server", "olmocr", "olmOCR-2-7B-1025-FP8")
    assert identity.prompt_id == "flows-1"
    assert dict(identity.decoding)["max_tokens"] == "8000"
    assert list(identity.decoding) == sorted(identity.decoding)


@pytest.mark.parametrize("wanted", ["olmocr", "allenai/olmOCR-2-7B-1025-FP8"])
async def test_a_model_is_found_by_its_served_name_and_by_its_root(wanted: str) -> None:
    async with Simulator() as server:
        chosen = settings(server).model_copy(update={"model": wanted})
        async with open_server_engine(chosen, environ={}) as engine:
            await engine.transcribe(request())
    assert server.bodies[-1]["model"] == "olmocr"


async def test_a_model_that_is_not_served_is_named_with_those_that_are() -> None:
    async with Simulator(shape=Shape(model="tiny-vl")) as server:
        chosen = settings(server).model_copy(update={"model": "olmocr"})
        with pytest.raises(UsageError, match=r"does not serve the model 'olmocr'; it serves: tiny-vl"):
            async with open_server_engine(chosen, environ={}):
                pass


async def test_a_context_that_is_too_small_is_said_at_start() -> None:
    async with Simulator(shape=Shape(context=4096)) as server:
        with pytest.raises(UsageError, match="context of 4096 tokens"):
            async with engine_for(server):
                pass


async def test_no_server_no_engine() -> None:
    server = Simulator()
    async with server:
        pass
    with pytest.raises(EngineUnavailable, match="no answer from 127"):
        async with engine_for(server):
            pass


@pytest.mark.parametrize(
    ("dialect", "field"), [("sglang", {"regex"}), ("vllm", {"structured_outputs"})], ids=["sglang", "vllm"]
)
async def test_constrained_decoding_is_proved_once_and_then_used(dialect: str, field: set[str]) -> None:
    shape = Shape(dialect=dialect)  # type: ignore[arg-type]
    async with Simulator(in_turn("missing"), shape) as server, engine_for(server, constrained=True) as engine:
        assert server.stats.requests == 1
        completion = await engine.transcribe(request())
        await engine.transcribe(request(2))
        assert server.stats.requests == 3
    assert parse_answer(completion.answer).primary_language == "en"
    assert field <= set(server.bodies[-1])


async def test_a_server_that_ignores_constraints_is_found_out() -> None:
    async with Simulator(shape=Shape(obeys_regex=False)) as server:
        with pytest.raises(RunError, match="ignores constrained decoding"):
            async with engine_for(server, constrained=True):
                pass


async def test_a_server_of_another_kind_has_no_constraints() -> None:
    async with Simulator(shape=Shape(dialect="generic")) as server:
        with pytest.raises(UsageError, match="SGLang or vLLM"):
            async with engine_for(server, constrained=True):
                pass


async def test_the_regular_expression_accepts_what_the_parser_reads() -> None:
    fields = ("primary_language: en", "is_rotation_valid: True", "rotation_correction: 0", "is_table: False")
    whole = "\n".join(["---", *fields, "is_diagram: false", "---"])
    for answer in (whole, f"{whole}\nText\nmore"):
        assert re.fullmatch(front_matter_regex(), answer)
        parse_answer(answer)
    assert not re.fullmatch(front_matter_regex(), whole.replace("0", "45"))


async def test_the_key_is_sent_and_never_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with Simulator(shape=Shape(api_key=KEY)) as server, engine_for(server, key=KEY) as engine:
        await engine.transcribe(request())
        assert server.headers[-1]["authorization"] == f"Bearer {KEY}"
        assert KEY not in repr(vars(engine))
    assert KEY not in caplog.text


def test_the_codec_of_http2_keeps_the_key_out_of_its_debug_log(caplog: pytest.LogCaptureFixture) -> None:
    hpack = pytest.importorskip("hpack")
    Clients(ServerUrl.parse("https://one"), SecretStr(KEY), 1, 1.0)
    with caplog.at_level(logging.DEBUG):
        hpack.Encoder().encode([(b"authorization", f"Bearer {KEY}".encode())])
    assert KEY not in caplog.text


async def test_a_key_that_the_server_echoes_is_taken_out(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with Simulator(shape=Shape(api_key="another")) as server:
        with pytest.raises(RunError, match="API key is missing or wrong") as found:
            async with engine_for(server, key=KEY):
                pass
    assert KEY not in str(found.value)
    assert "***" in str(found.value)
    assert KEY not in caplog.text


async def test_a_key_that_is_revoked_stops_the_run_and_fails_no_page() -> None:
    async with Simulator(shape=Shape(api_key=KEY)) as server, engine_for(server, key=KEY) as engine:
        server.shape = Shape(api_key="another")
        with pytest.raises(RunError) as found:
            await read_page(page(), reading(engine))
    assert KEY not in str(found.value)


async def test_pages_go_to_the_server_with_the_fewest_in_flight() -> None:
    slow, fast = Shape(slots=4, seconds_per_page=0.4), Shape(slots=4, seconds_per_page=0.02)
    servers = Simulator(shape=slow), Simulator(shape=fast)
    async with servers[0] as one, servers[1] as two, engine_for(one, two, max_concurrency=4) as engine:
        await asyncio.gather(*(engine.transcribe(request(number)) for number in range(60)))
        assert engine.concurrency == 8
    assert one.stats.completed + two.stats.completed == 60
    assert two.stats.completed > 2 * one.stats.completed


async def test_a_replica_that_dies_leaves_its_pages_to_the_others() -> None:
    async with Simulator() as one, Simulator() as two, engine_for(one, two) as engine:
        await one.die()
        clock = Clock()
        records = [await read_page(page(number), reading(engine, clock=clock)) for number in range(1, 9)]
    assert {record.status for record in records} == {"ok"}
    assert two.stats.completed == 8
    # One page found out; the backend then backed off and nobody else went there.
    assert len(clock.slept) == 1


async def test_a_replica_that_is_absent_at_start_is_left_out() -> None:
    absent = Simulator()
    async with absent:
        pass
    async with Simulator() as present, engine_for(absent, present) as engine:
        assert [load.server for load in engine.serving().servers] == [f"127.0.0.1:{present.port}"]


async def test_replicas_must_serve_one_model() -> None:
    async with Simulator() as one, Simulator(shape=Shape(root="other/model")) as two:
        with pytest.raises(UsageError, match="one and the same model"):
            async with engine_for(one, two):
                pass


async def test_in_flight_never_passes_the_limit_and_grows_to_it() -> None:
    shape = Shape(slots=64, seconds_per_page=0.02)
    async with Simulator(shape=shape) as server, engine_for(server, max_concurrency=12) as engine:
        await asyncio.gather(*(engine.transcribe(request(number)) for number in range(300)))
        assert engine.serving().servers[0].limit <= 12
    assert 4 < server.stats.most_in_flight <= 12


async def test_a_429_halves_what_is_in_flight() -> None:
    async with Simulator(in_turn("throttled", None)) as server, engine_for(server) as engine:
        for number in range(2):
            with pytest.raises(EngineUnavailable, match="429"):
                await engine.transcribe(request(number))
        assert engine.serving().servers[0].limit == 2


async def test_a_queue_inside_the_server_shrinks_what_is_in_flight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "_QUEUE_SECONDS", 0.01)
    shape = Shape(slots=2, seconds_per_page=0.02)
    async with Simulator(shape=shape) as server, engine_for(server, max_concurrency=64) as engine:
        backend = engine._balancer.backends[0]
        backend.adaptive_limit = replace(backend.adaptive_limit, limit=40)
        await asyncio.gather(*(engine.transcribe(request(number)) for number in range(120)))
        assert backend.adaptive_limit.limit <= 35


async def test_closing_the_engine_aborts_what_is_in_flight() -> None:
    async with Simulator(shape=Shape(seconds_per_page=30)) as server:
        async with engine_for(server) as engine:
            task = asyncio.create_task(engine.transcribe(request()))
            await until(lambda: server.stats.busy == 1)
        await until(lambda: server.stats.aborted == 1)
        with pytest.raises(EngineUnavailable):
            await task


async def test_what_serving_cost_is_counted() -> None:
    async with Simulator() as server, engine_for(server, metrics_port=0) as engine:
        await engine.transcribe(request())
        serving = engine.serving()
    assert (serving.pages, serving.attempts, serving.requests) == (1, 1, 1)
    assert serving.input_tokens == server.stats.prompt_tokens


async def test_no_proxy_stands_before_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    async with Simulator() as server, engine_for(server) as engine:
        await engine.transcribe(request())


async def test_a_profile_gives_the_image_size_unless_settings_do() -> None:
    profiles = {"x": ModelProfile(name="x", longest_side=1540)}
    async with Simulator() as server, engine_for(server, profile="x", profiles=profiles) as engine:
        assert engine.adapt_settings(load_settings(environ={})).render.longest_side == 1540
        asked = load_settings({"render": {"longest_side": 1288}}, environ={})
        assert engine.adapt_settings(asked).render.longest_side == 1288


@pytest.mark.parametrize(
    ("text", "root", "api"),
    [
        ("http://host:30000", "http://host:30000", "http://host:30000/v1"),
        (" http://host:30000/v1/ ", "http://host:30000", "http://host:30000/v1"),
        ("https://x.org/v1/openai", "https://x.org", "https://x.org/v1/openai"),
        ("https://x.org/inference", "https://x.org/inference", "https://x.org/inference/v1"),
    ],
)
def test_addresses_with_and_without_v1(text: str, root: str, api: str) -> None:
    assert ServerUrl.parse(text) == ServerUrl(root, api)


def test_addresses_are_split_at_commas_and_their_passwords_are_not_shown() -> None:
    urls = server_urls("http://user:hunter2@one:1, http://two:2,http://two:2")
    assert [url.label for url in urls] == ["one:1", "two:2"]
    assert "hunter2" not in repr(urls)


@pytest.mark.parametrize("text", ["", None, "localhost:30000", "ftp://x"])
def test_what_is_no_address_is_a_usage_error(text: str | None) -> None:
    with pytest.raises(UsageError, match="http://"):
        server_urls(text)


@pytest.mark.parametrize(
    ("owner", "info", "name"),
    [
        ("sglang", None, "sglang"),
        ("vllm", None, "vllm"),
        ("me", {"model_path": "m"}, "sglang"),
        ("me", {"detail": "x"}, "generic"),
    ],
)
def test_dialects(owner: str, info: dict[str, str] | None, name: str) -> None:
    assert detect({"data": [{"id": "m", "owned_by": owner}]}, info).name == name


def test_each_dialect_has_its_own_constraint() -> None:
    assert Dialect("sglang").constrained("a") == {"regex": "a"}
    assert Dialect("vllm").constrained("a") == {"structured_outputs": {"regex": "a"}}


async def test_the_simulator_answers_without_streaming_and_aborts_by_request() -> None:
    content = [{"type": "text", "text": "Read."}]
    body = {"model": "olmocr", "messages": [{"role": "user", "content": content}]}
    async with Simulator(shape=Shape(seconds_per_page=0.05)) as server, httpx.AsyncClient(trust_env=False) as client:
        whole = (await client.post(f"{server.url}/v1/chat/completions", json=body)).json()
        assert whole["choices"][0]["finish_reason"] == "stop"
        assert (await client.get(f"{server.url}/metrics")).text.startswith("sglang:num_running_reqs")
        for path in ("/health", "/health_generate", "/server_info", "/model_info", "/v1/models"):
            assert (await client.get(server.url + path)).status_code == 200
        await client.post(f"{server.url}/abort_request", content=json.dumps({"abort_all": True}))
        streamed = await client.post(f"{server.url}/v1/chat/completions", json=body | {"stream": True})
    assert '"finish_reason": "abort"' in streamed.text


async def test_a_replica_that_comes_later_gets_pages() -> None:
    late = Simulator()
    async with late:
        port = late.port
    async with Simulator() as present, engine_for(late, present, rejoin_seconds=0.05) as engine:
        assert engine.concurrency == 2 * 64
        async with Simulator(port=port) as back:
            await until(lambda: len(engine.serving().servers) == 2)
            await asyncio.gather(*(engine.transcribe(request(number)) for number in range(1, 9)))
            assert back.stats.completed >= 1


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (Shape(root="other/model"), "serves other/model, the others allenai/olmOCR-2-7B-1025-FP8"),
        (Shape(model="another"), "does not serve the model 'olmocr'"),
        (Shape(context=4000), "a context of 4000 tokens"),
        (Shape(obeys_regex=False), "ignores constrained decoding"),
    ],
)
async def test_a_replica_that_comes_later_must_be_what_the_others_are(
    shape: Shape, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    late = Simulator()
    async with late:
        port = late.port
    async with Simulator() as present, engine_for(late, present, rejoin_seconds=0.05, constrained=True) as engine:
        async with Simulator(shape=shape, port=port) as back:
            await until(lambda: "gets no pages" in caplog.text)
            proofs = back.stats.requests
            await asyncio.gather(*(engine.transcribe(request(number)) for number in range(1, 9)))
            assert back.stats.requests == proofs
        assert [load.server for load in engine.serving().servers] == [f"127.0.0.1:{present.port}"]
    (warning,) = [record for record in caplog.records if "gets no pages" in record.message]
    assert warning.levelname == "WARNING"
    assert f"127.0.0.1:{port}" in warning.message
    assert words in warning.message


class GivenUp:
    """A supervisor that has given its servers up, and remembers for how long it was asked to wait."""

    failure = RunError("out of memory: lower mem-fraction-static")

    def __init__(self) -> None:
        self.pauses: list[float] = []

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


async def test_a_server_that_its_supervisor_gave_up_is_not_waited_for() -> None:
    launch = Launch("sglang", supervisor=GivenUp())
    async with (
        Simulator(shape=Shape(seconds_per_page=30)) as server,
        open_server_engine(settings(server), environ={}, launch=launch) as engine,
    ):
        task = asyncio.create_task(engine.transcribe(request()))
        await until(lambda: server.stats.busy == 1)
        await server.die()
        with pytest.raises(RunError, match="out of memory"):
            await task


async def test_the_supervisor_says_how_long_a_fault_is_waited_out() -> None:
    supervisor = GivenUp()
    async with (
        Simulator() as server,
        open_server_engine(settings(server), environ={}, launch=Launch(supervisor=supervisor)) as engine,
    ):
        await engine.pause(60)
    assert supervisor.pauses == [60]
