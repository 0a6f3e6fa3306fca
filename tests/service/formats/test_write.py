from __future__ import annotations

from tests.service.conftest import Opener
from tests.service.documents import PAPER, PHOTO, send
from tests.service.engines import placed


async def test_every_format_is_given_by_default(local: Opener) -> None:
    async with local(placed()) as client:
        job = (await send(client, PAPER, "a paper.pdf", wait=20)).json()
        assert job["formats"] == ["markdown", "json", "dolma", "html", "docling"]
        place = job["links"]["result"]
        page = await client.get(place, headers={"Accept": "text/html"})
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["content-security-policy"].endswith("sandbox")
        assert page.text.count("<section") == 2
        found = (await client.get(place, params={"format": "docling"})).json()
        assert (found["name"], found["origin"]["mimetype"]) == ("a paper", "application/pdf")
        assert list(found["pages"]) == ["1", "2"]


async def test_an_image_is_called_one(local: Opener) -> None:
    async with local() as client:
        place = (await send(client, PHOTO, "photo.tif", wait=20)).json()["links"]["result"]
        origin = (await client.get(place, params={"format": "docling"})).json()["origin"]
        assert (origin["mimetype"], origin["filename"]) == ("image/tiff", "photo.tif")
