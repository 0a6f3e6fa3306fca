"""Callbacks against a real HTTP server: signed, once the work has ended, again until they are taken."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from service.api.batch_views import PATH as BATCHES
from service.callbacks import sender
from service.callbacks.models import Callback
from service.callbacks.signature import is_signed
from service.callbacks.store import CallbackStore
from tests.service.conftest import Local, Opener
from tests.service.documents import PAPER, PATH, PHOTO, a_pdf, send
from tests.service.engines import Held
from tests.service.peers import open_peer


async def states(client: Local, place: str) -> list[tuple[str, int, str]]:
    found = (await client.get(f"{place}/callbacks")).json()
    return [(one["state"], one["tries"], one["answer"]) for one in found]


@pytest.fixture(autouse=True)
def saved(monkeypatch: pytest.MonkeyPatch) -> asyncio.Semaphore:
    """Counts the states of callbacks that were stored."""
    count, save = asyncio.Semaphore(0), CallbackStore.save

    async def counted(store: CallbackStore, callback: Callback) -> None:
        await save(store, callback)
        count.release()

    monkeypatch.setattr(CallbackStore, "save", counted)
    return count


async def settled(client: Local, place: str, saved: asyncio.Semaphore) -> list[tuple[str, int, str]]:
    """The callbacks once none of them waits."""
    while True:
        await asyncio.wait_for(saved.acquire(), 20)
        found = await states(client, place)
        if all(state != "waiting" for state, *_ in found):
            return found


async def test_the_end_is_told_once_with_a_signature(local: Opener, saved: asyncio.Semaphore) -> None:
    engine = Held(first=1)
    async with open_peer() as peer, local(engine, callback_hosts=peer.rule, callback_secret="s") as client:
        job = (await send(client, a_pdf(2), callback=peer.url("/hook?signature=ab"))).json()
        # Sent again with the same callback, it is the same one.
        await client.post(PATH, params={"sha256": job["sha256"], "callback": peer.url("/hook?signature=ab")})
        assert await states(client, f"{PATH}/{job['id']}") == [("waiting", 0, "")]
        assert peer.requests == []
        engine.release()
        await peer.wait_for(1)
        assert await settled(client, f"{PATH}/{job['id']}", saved) == [("sent", 1, "200")]
        [told] = peer.requests
        body = json.loads(told.body)
        assert (told.path, body["id"], body["state"], body["pages_done"]) == (
            "/hook?signature=ab",
            job["id"],
            "done",
            2,
        )
        assert is_signed("s", told.headers, told.body, time.time())
        assert not is_signed("other", told.headers, told.body, time.time())
        # Of a document that was read already, the next client is told at once.
        await send(client, PAPER, wait=20)
        again = (await send(client, PAPER, callback=peer.url("/2"))).json()
        await peer.wait_for(1)
        assert json.loads(peer.requests[-1].body)["id"] == again["id"]


@pytest.mark.parametrize("refusals", [(409, 404, 503), (429,), (500, 408)])
async def test_it_is_repeated_until_it_is_taken(
    local: Opener, saved: asyncio.Semaphore, monkeypatch: pytest.MonkeyPatch, refusals: tuple[int, ...]
) -> None:
    monkeypatch.setattr(sender, "_FIRST_WAIT_SECONDS", 0.01)
    async with open_peer(*refusals) as peer, local(callback_hosts=peer.rule) as client:
        job = (await send(client, PAPER, callback=peer.url())).json()
        await peer.wait_for(len(refusals) + 1)
        assert await settled(client, f"{PATH}/{job['id']}", saved) == [("sent", len(refusals) + 1, "200")]
        assert len({request.headers[sender.DELIVERY] for request in peer.requests}) == 1


@pytest.mark.parametrize("status", [400, 401, 410, 302])
async def test_what_is_refused_for_good_is_given_up(local: Opener, saved: asyncio.Semaphore, status: int) -> None:
    async with open_peer(status) as peer, local(callback_hosts=peer.rule) as client:
        peer.headers["Location"] = "/elsewhere"
        job = (await send(client, PAPER, callback=peer.url())).json()
        await peer.wait_for(1)
        assert await settled(client, f"{PATH}/{job['id']}", saved) == [("given_up", 1, str(status))]
        assert len(peer.requests) == 1


async def test_who_is_away_too_long_is_given_up(local: Opener, saved: asyncio.Semaphore) -> None:
    async with open_peer() as peer:
        rule, url = peer.rule, peer.url()
    async with local(callback_hosts=rule, callback_hours=0) as client:
        job = (await send(client, PAPER, callback=url)).json()
        assert await settled(client, f"{PATH}/{job['id']}", saved) == [("given_up", 1, "the host does not answer")]


async def test_a_callback_survives_the_service(local: Opener, saved: asyncio.Semaphore) -> None:
    engine = Held(first=1)
    async with open_peer() as peer:
        async with local(engine, callback_hosts=peer.rule) as client:
            job = (await send(client, a_pdf(2), callback=peer.url())).json()
            secret = (client.state.folder.root / "callback-secret").read_text()
        assert peer.requests == []
        async with local(callback_hosts=peer.rule) as client:
            await peer.wait_for(1)
            assert await settled(client, f"{PATH}/{job['id']}", saved) == [("sent", 1, "200")]
            assert is_signed(secret, peer.requests[0].headers, peer.requests[0].body, time.time())


async def test_a_batch_is_told_when_all_of_it_has_ended(local: Opener) -> None:
    engine = Held(first=1)
    async with open_peer() as peer, local(engine, callback_hosts=peer.rule, base_url="https://ocr.org") as client:
        files: Any = [("files", ("a.tif", PHOTO)), ("files", ("b.pdf", a_pdf(2)))]
        batch = (await client.post(BATCHES, files=files, params={"callback": peer.url()})).json()
        first = batch["documents"][0]["document"]["id"]
        await client.get(f"{PATH}/{first}", params={"wait": 20})
        assert await states(client, f"{BATCHES}/{batch['id']}") == [("waiting", 0, "")]
        engine.release()
        await peer.wait_for(1)
        body = json.loads(peer.requests[0].body)
        assert (body["state"], body["links"]["self"]) == ("done", f"https://ocr.org{BATCHES}/{batch['id']}")
        assert body["documents"][1]["document"]["links"]["self"].startswith("https://ocr.org/v1/documents/")


async def test_what_is_deleted_is_not_told(local: Opener) -> None:
    engine = Held(first=0)
    async with open_peer() as peer, local(engine, callback_hosts=peer.rule) as client:
        job = (await send(client, PAPER, callback=peer.url())).json()
        assert (await client.delete(f"{PATH}/{job['id']}")).status_code == 204
        other = (await send(client, PHOTO, callback=peer.url("/other"))).json()
        engine.release()
        await peer.wait_for(1)
        assert [json.loads(request.body)["id"] for request in peer.requests] == [other["id"]]


async def test_hosts_that_the_settings_do_not_name_are_refused_before_anything_is_accepted(local: Opener) -> None:
    async with open_peer() as peer, local() as client:
        refused = await send(client, PAPER, callback=peer.url())
        assert refused.status_code == 422
        assert "option callback: this service does not ask 127.0.0.1" in refused.json()["detail"]
        assert (await client.get(PATH, params={"sha256": "0" * 64})).status_code == 404
        assert client.state.runners.waiting == 0


async def test_callbacks_of_one_document_are_bounded(local: Opener) -> None:
    engine = Held(first=0)
    async with open_peer() as peer, local(engine, callback_hosts=peer.rule) as client:
        answers = [
            (await send(client, PAPER, callback=peer.url(f"/{number}"))).status_code
            for number in range(sender.MOST_WAITING + 1)
        ]
        assert answers == [202] * sender.MOST_WAITING + [429]
        engine.release()
