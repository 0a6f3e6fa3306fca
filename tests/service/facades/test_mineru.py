from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import httpx

from tests.service.conftest import Local, Opener
from tests.service.documents import PAPER, a_pdf
from tests.service.engines import placed


async def parse(client: Local, **fields: Any) -> httpx.Response:
    return await client.post("/file_parse", files={"files": ("a paper.pdf", PAPER)}, data=fields)


async def test_markdown_comes_back_by_name(local: Opener) -> None:
    async with local() as client:
        found = (await parse(client, return_md="true", backend="pipeline")).json()
        assert found["results"]["a paper"]["md_content"].startswith("Page 1 of document")
        assert found["backend"] == "olmocr-flows"
        for fields in ({"start_page_id": "-1"}, {"start_page_id": "3", "end_page_id": "1"}):
            assert (await parse(client, **fields)).status_code == 422


async def test_the_content_list_has_pages_and_places(local: Opener) -> None:
    async with local(placed()) as client:
        found = (await parse(client, return_content_list="true", start_page_id="1", end_page_id="99999")).json()
        items = json.loads(found["results"]["a paper"]["content_list"])
        assert [item["type"] for item in items] == ["text", "text", "equation", "table", "image"]
        assert (items[0]["text"], items[0]["text_level"], items[0]["page_idx"]) == ("A title", 1, 1)
        assert items[0]["bbox"] == [118, 91, 490, 126]


async def test_a_zip_holds_a_folder_a_document(local: Opener) -> None:
    async with local() as client:
        files = [("files", ("a.pdf", a_pdf(1))), ("files", ("a.pdf", a_pdf(1, seed=1)))]
        answered = await client.post("/file_parse", files=files, data={"response_format_zip": "true"})
        names = zipfile.ZipFile(io.BytesIO(answered.content)).namelist()
        assert names == ["a/a.md", "a/a_content_list.json", "a (2)/a (2).md", "a (2)/a (2)_content_list.json"]
