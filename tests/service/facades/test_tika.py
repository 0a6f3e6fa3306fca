from __future__ import annotations

from tests.service.conftest import Opener
from tests.service.documents import PAPER


async def test_text_comes_under_tikas_names(local: Opener) -> None:
    async with local() as client:
        for path, name in (("/tika/text", "X-TIKA:content"), ("/tika/json/md", "tk:content")):
            found = (await client.put(path, content=PAPER)).json()
            assert found[name].startswith("Page 1 of document")
            assert (found["Content-Type"], found["xmpTPg:NPages"]) == ("application/pdf", "2")


async def test_tika_answers_by_accept(local: Opener) -> None:
    async with local() as client:
        plain = await client.put("/tika", content=PAPER)
        assert plain.headers["content-type"].startswith("text/plain")
        page = await client.put("/tika", content=PAPER, headers={"Accept": "text/html"})
        assert (page.text.count("<section"), "sandbox" in page.headers["content-security-policy"]) == (2, True)
        found = await client.put("/tika", content=PAPER, headers={"Accept": "application/json"})
        assert found.json()["X-TIKA:content"] == plain.text
        assert "Tika" in (await client.get("/tika")).text
