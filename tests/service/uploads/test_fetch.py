"""Documents by URL, from a real HTTP server on the loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import web

from tests.ports import free_port
from tests.service.conftest import Opener
from tests.service.documents import PAPER, PATH

Handler = Callable[[web.Request], web.StreamResponse]


class Host:
    """A host of documents: what it answers at each path."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked: list[str] = []

    @property
    def rule(self) -> str:
        return f"private:127.0.0.1:{self.port}"

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        match request.path.split("/")[1]:
            case "to":
                raise web.HTTPFound(request.query["url"])
            case "loop":
                raise web.HTTPFound("/loop")
            case "named":
                return web.Response(body=PAPER, headers={"Content-Disposition": 'attachment; filename="the paper.pdf"'})
            case "text":
                return web.Response(text="/etc/passwd\n")
            case "slow":
                await asyncio.sleep(60)
            case "endless":
                response = web.StreamResponse()
                await response.prepare(request)
                while True:
                    await response.write(b"%PDF-" * 100_000)
            case "missing":
                raise web.HTTPNotFound
        return web.Response(body=PAPER)


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    found = Host(free_port())
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", found.answer)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", found.port).start()
    yield found
    await runner.cleanup()


async def test_a_document_is_fetched_and_read(local: Opener, host: Host) -> None:
    async with local(url_hosts=host.rule) as client:
        answer = await client.post(PATH, params={"url": host.url("/papers/a%20b.pdf?x=1"), "wait": 20, "pages": "1"})
        assert (answer.status_code, answer.json()["filename"], answer.json()["pages_done"]) == (200, "a b.pdf", 1)
        redirected = host.url("/to/x?url=/named/1")
        assert (await client.post(PATH, params={"url": redirected})).json()["filename"] == "the paper.pdf"
        assert list(client.state.folder.incoming.iterdir()) == []


async def test_nothing_is_fetched_unless_the_settings_name_its_host(local: Opener, host: Host) -> None:
    async with local() as client:
        refused = await client.post(PATH, params={"url": host.url("/a.pdf")})
    assert (refused.status_code, host.asked) == (422, [])
    assert "does not ask 127.0.0.1" in refused.json()["detail"]


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
async def test_a_name_that_leads_to_this_network_is_not_asked(local: Opener, host: Host, name: str) -> None:
    async with local(url_hosts=f"{name}:{host.port}") as client:
        refused = await client.post(PATH, params={"url": host.url("/a.pdf", name)})
    assert (refused.status_code, host.asked) == (502, [])
    assert "an address of this network" in refused.json()["detail"]


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest", "file:///etc/passwd", "http://localhost/", "//[::1]/"]
)
async def test_a_redirect_to_elsewhere_is_not_followed(local: Opener, host: Host, target: str) -> None:
    async with local(url_hosts=host.rule) as client:
        refused = await client.post(PATH, params={"url": host.url(f"/to/x?url={target}")})
    assert refused.status_code == 422


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/missing", 502, "answers 404"),
        ("/text", 415, "neither a PDF"),
        ("/slow", 504, "too long"),
        ("/endless", 413, "larger than 1 MB"),
        ("/loop", 502, "redirects more than 5 times"),
    ],
)
async def test_a_host_that_gives_no_document_is_named(
    local: Opener, host: Host, path: str, status: int, words: str
) -> None:
    async with local(url_hosts=host.rule, upload_mb=1, upload_seconds=1) as client:
        answer = await client.post(PATH, params={"url": host.url(path)})
        assert list(client.state.folder.incoming.iterdir()) == []
    assert answer.status_code == status
    assert words in answer.json()["detail"]
