from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from service.api_keys import make_api_key
from service.guard import Guard
from service.settings import ServiceSettings

SUBMIT, SUBMIT_KEY = make_api_key("scanner")
READ, READ_KEY = make_api_key("dashboard", "read")


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.add_api_route("/health", lambda: {"open": True})
    app.add_api_route("/documents", lambda: {"done": True}, methods=["GET", "POST", "DELETE"])
    app.add_api_route("/fault", lambda: 1 // 0)
    app.add_middleware(Guard, settings=ServiceSettings(api_keys=(SUBMIT_KEY, READ_KEY), requests_a_minute=20))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


async def ask(client: httpx.AsyncClient, method: str, path: str, key: str = "") -> httpx.Response:
    return await client.request(method, path, headers={"Authorization": f"Bearer {key}"} if key else {})


async def test_without_a_key_only_health_answers(client: httpx.AsyncClient) -> None:
    assert (await ask(client, "GET", "/health")).status_code == 200
    for key in ("", "wrong"):
        refused = await ask(client, "GET", "/documents", key)
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        assert refused.headers["content-type"] == "application/problem+json"
        assert "X-Api-Key" in refused.json()["detail"]


async def test_a_key_for_reading_reads_only(client: httpx.AsyncClient) -> None:
    assert (await ask(client, "GET", "/documents", READ)).status_code == 200
    assert (await ask(client, "DELETE", "/documents", SUBMIT)).status_code == 200
    for method in ("POST", "DELETE"):
        refused = await ask(client, method, "/documents", READ)
        assert refused.status_code == 403
        assert "'dashboard' may read" in refused.json()["detail"]


async def test_every_answer_keeps_browsers_from_more_than_showing_it(client: httpx.AsyncClient) -> None:
    for path in ("/health", "/documents", "/nowhere", "/fault"):
        headers = (await ask(client, "GET", path, READ)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert "access-control-allow-origin" not in headers


async def test_a_fault_is_a_problem_that_shows_nothing_of_the_inside(client: httpx.AsyncClient) -> None:
    fault = await ask(client, "GET", "/fault", READ)
    assert (fault.status_code, fault.headers["content-type"]) == (500, "application/problem+json")
    assert "Zero" not in fault.text


async def test_each_key_has_its_own_rate(client: httpx.AsyncClient) -> None:
    answers = [await ask(client, "GET", "/documents", READ) for _ in range(22)]
    assert [answer.status_code for answer in answers[:20]] == [200] * 20
    assert answers[-1].status_code == 429
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 3
    assert (await ask(client, "GET", "/documents", SUBMIT)).status_code == 200
    assert (await ask(client, "GET", "/health")).status_code == 200


async def test_without_keys_pages_of_strangers_are_refused() -> None:
    app = FastAPI()
    app.add_api_route("/documents", lambda: {"done": True}, methods=["POST"])
    app.add_middleware(Guard, settings=ServiceSettings())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8000") as client:
        assert (await client.post("/documents")).status_code == 200
        assert (await client.post("/documents", headers={"Origin": "http://evil.example"})).status_code == 403
        assert (await client.post("/documents", headers={"Host": "evil.example"})).status_code == 403
