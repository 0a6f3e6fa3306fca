from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from service.problems import Problem, add_problem_handlers


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    add_problem_handlers(app)

    @app.get("/busy")
    async def busy() -> None:
        raise Problem(429, "the queue is full", {"Retry-After": "5"}, queued=7)

    @app.get("/number/{number}")
    async def number(number: int) -> int:
        return number

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def test_a_problem_says_what_happened_and_has_its_own_members(client: httpx.AsyncClient) -> None:
    answer = await client.get("/busy")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "5"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Too Many Requests",
        "status": 429,
        "detail": "the queue is full",
        "queued": 7,
    }


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/number/x", 422)])
async def test_every_error_is_a_problem(client: httpx.AsyncClient, path: str, status: int) -> None:
    answer = await client.get(path)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code == status
    assert answer.json()["detail"]


async def test_an_invalid_request_says_where(client: httpx.AsyncClient) -> None:
    assert (await client.get("/number/x")).json()["errors"][0]["at"] == "path.number"
