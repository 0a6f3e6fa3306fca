"""Both twins of the client against a real service on a socket."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.client import AsyncClient, Client, DocumentFailed, NotInTime, Page, ServiceAway, ServiceError
from tests.ports import free_port
from tests.service.client.conftest import TEXT
from tests.service.client.networks import Network, make_transport
from tests.service.documents import PAPER, PHOTO
from tests.service.engines import Held
from tests.service.serving import served_here

TWINS = (Client, AsyncClient)
AnyClient = Client | AsyncClient


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture(params=TWINS, ids=lambda twin: twin.__name__)
async def client(request: pytest.FixtureRequest, url: str, network: Network) -> AsyncIterator[AnyClient]:
    client = request.param(url, TEXT, patience=20, transport=make_transport(request.param, network))
    yield client
    await done(client.close())


async def done(value: Any) -> Any:
    """What a call of either twin gives."""
    return await value if inspect.isawaitable(value) else value


async def all_pages(client: AnyClient, job_id: str) -> list[Page]:
    pages = client.pages(job_id)
    return [page async for page in pages] if isinstance(client, AsyncClient) else list(pages)  # type: ignore[arg-type]


async def test_a_document_is_converted_page_by_page(client: AnyClient, paper: Path) -> None:
    told: list[Page] = []
    converted = await done(client.convert(paper, on_page=told.append))
    assert sorted(page.number for page in told) == [1, 2]
    assert (told[-1].pages_done, told[-1].pages) == (2, 2)
    assert all(page.text in converted.text for page in told)
    assert (converted.job.filename, converted.job.document_status) == ("päper 1.pdf", "kept")
    lines = await done(client.result(converted.job.id, "dolma"))
    assert lines.startswith('{"id"')


async def test_nothing_is_sent_twice(client: AnyClient, network: Network, paper: Path) -> None:
    first = await done(client.convert(paper))
    second = await done(client.convert(str(paper)))
    assert first.text == second.text
    assert network.sent_bytes == paper.stat().st_size
    assert (await done(client.submit(paper.read_bytes(), formats=("json",)))).formats == ("json",)
    assert network.sent_bytes == paper.stat().st_size


async def test_a_document_is_asked_for_and_deleted(client: AnyClient, paper: Path) -> None:
    job = await done(client.submit(paper, filename="other.pdf"))
    assert job.filename == "other.pdf"
    ended = await done(client.get(job.id, wait=20))
    assert (ended.is_final, ended.state, ended.reasons) == (True, "done", ())
    assert [page.number for page in await all_pages(client, job.id)] == [1, 2]
    await done(client.delete(job.id))
    with pytest.raises(ServiceError, match="no such document") as refused:
        await done(client.get(job.id))
    assert (refused.value.status, refused.value.problem["title"]) == (404, "Not Found")
    with pytest.raises(ServiceError, match="no such document"):
        await all_pages(client, job.id)


async def test_what_cannot_be_read_says_why(client: AnyClient, paper: Path) -> None:
    paper.write_bytes(paper.read_bytes()[:2000] + paper.name.encode())
    with pytest.raises(DocumentFailed, match=r"päper 1.pdf could not be read: .*damaged") as failed:
        await done(client.convert(paper))
    assert failed.value.job.reasons[0].code
    with pytest.raises(ServiceError, match="neither a PDF nor") as refused:
        await done(client.convert(b"a note"))
    assert refused.value.status == 415


async def test_a_service_that_is_busy_or_away_is_asked_again(client: AnyClient, network: Network, paper: Path) -> None:
    network.faults += [httpx.ConnectError("away"), httpx.ReadError("lost")]
    network.faults += [httpx.Response(status, headers={"Retry-After": "0"}) for status in (503, 429, 507)]
    assert (await done(client.convert(paper))).job.state == "done"
    assert network.faults == []


async def test_events_go_on_where_they_broke_off(client: AnyClient, network: Network, paper: Path) -> None:
    job = await done(client.submit(paper))
    await done(client.get(job.id, wait=20))
    network.cut_after = "event: page"
    assert [page.number for page in await all_pages(client, job.id)] == [1, 2]
    assert network.resumed == ["", "1"]


@pytest.mark.parametrize("twin", TWINS)
async def test_patience_ends(twin: type[AnyClient]) -> None:
    client = twin(f"http://127.0.0.1:{free_port()}", patience=0.2)
    with pytest.raises(ServiceAway, match="does not answer"):
        await done(client.convert(PHOTO))
    await done(client.close())


def test_waiting_ends_and_the_document_goes_on(tmp_path: Path) -> None:
    engine = Held()
    with served_here(tmp_path, engine) as url, Client(url) as client:
        first = next(client.pages(client.submit(PAPER).id))
        told: list[Page] = []
        with pytest.raises(NotInTime, match="1 of 2 pages are; it goes on") as late:
            client.convert(PAPER, within=0.3, on_page=told.append)
        assert told == [first]
        engine.release_from_thread()
        assert client.get(late.value.job.id, wait=20).state == "done"
        assert client.convert(PAPER).text.count("Page ") == 2
