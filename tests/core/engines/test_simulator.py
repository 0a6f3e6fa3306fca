from __future__ import annotations

import json

import httpx

from tests.simulator import Shape, Simulator


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
