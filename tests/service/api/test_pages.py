from __future__ import annotations

from tests.service.conftest import Opener, first_page
from tests.service.documents import PAPER, PATH, send
from tests.service.engines import Held


async def test_a_finished_page_is_read_while_the_others_are_not(local: Opener) -> None:
    engine = Held()
    async with local(engine) as client:
        place = f"{PATH}/{(await send(client, PAPER)).json()['id']}"
        await first_page(client, place.rpartition("/")[2])
        first = await client.get(f"{place}/pages/1")
        assert first.json()["transcription"]["text"].startswith("Page 1 of document")
        early = await client.get(f"{place}/pages/2")
        assert (early.status_code, early.headers["retry-after"]) == (404, "1")
        engine.release()
        await client.get(place, params={"wait": 20})
        assert (await client.get(f"{place}/pages/2")).json()["page_number"] == 2


async def test_the_image_of_a_page_needs_no_engine(local: Opener) -> None:
    async with local(Held(first=0)) as client:
        place = f"{PATH}/{(await send(client, PAPER)).json()['id']}"
        image = await client.get(f"{place}/pages/2/image")
        assert image.headers["content-type"] == "image/jpeg"
        assert image.content.startswith(b"\xff\xd8\xff")


async def test_there_are_no_other_pages(local: Opener) -> None:
    async with local() as client:
        place = f"{PATH}/{(await send(client, PAPER, wait=20)).json()['id']}"
        for path in ("pages/3", "pages/3/image"):
            answer = await client.get(f"{place}/{path}")
            assert (answer.status_code, "has 2" in answer.json()["detail"]) == (404, True)
        assert (await client.get(f"{place}/pages/0")).status_code == 422


async def test_pages_of_a_damaged_document_say_why(local: Opener) -> None:
    async with local() as client:
        place = f"{PATH}/{(await send(client, PAPER[:2000], wait=20)).json()['id']}"
        assert (await client.get(f"{place}/pages/1")).status_code == 404
        answer = await client.get(f"{place}/pages/1/image")
        assert (answer.status_code, str(client.state.folder.root) in answer.text) == (404, False)
