from __future__ import annotations

import base64
from typing import Any

import httpx

from tests.service.conftest import Local, Opener
from tests.service.documents import PAPER, PHOTO
from tests.service.engines import BLOCKS, placed

DATA_URL = f"data:application/pdf;base64,{base64.b64encode(PAPER).decode()}"


async def ocr(client: Local, url: str = DATA_URL, **more: Any) -> httpx.Response:
    document = {"type": "document_url", "document_url": url}
    return await client.post("/v1/ocr", json={"model": "mistral-ocr-latest", "document": document, **more})


async def upload(client: Local) -> str:
    sent = await client.post("/v1/files", files={"file": ("a.pdf", PAPER)}, data={"purpose": "ocr"})
    assert sent.json()["object"] == "file"
    return str(sent.json()["id"])


async def test_a_data_url_comes_back_as_pages(local: Opener) -> None:
    async with local() as client:
        found = (await ocr(client)).json()
        assert [(page["index"], page["markdown"][:6]) for page in found["pages"]] == [(0, "Page 1"), (1, "Page 2")]
        assert found["usage_info"] == {"pages_processed": 2, "doc_size_bytes": len(PAPER)}
        assert (found["pages"][0]["dimensions"], "blocks" in found["pages"][0]) == (None, False)


async def test_blocks_are_in_pixels(local: Opener) -> None:
    async with local(placed()) as client:
        page = (await ocr(client, include_blocks=True)).json()["pages"][0]
        assert page["dimensions"] == {"dpi": 200, "width": 1700, "height": 2200}
        assert page["blocks"][0] == {
            "type": "title", "content": "# A title",
            "top_left_x": 200, "top_left_y": 200, "bottom_right_x": 833, "bottom_right_y": 278,
        }  # fmt: skip
        assert len(page["blocks"]) == len(BLOCKS)
        assert (page["header"], page["footer"]) == (None, "17")
        assert "blocks" not in (await ocr(client, include_blocks=False)).json()["pages"][0]


async def test_a_file_is_sent_linked_read_and_deleted(local: Opener) -> None:
    engine = placed()
    async with local(engine) as client:
        file_id = await upload(client)
        url = (await client.get(f"/v1/files/{file_id}/url", params={"expiry": 1})).json()["url"]
        assert url.startswith("http://localhost/v1/files/")
        assert len((await ocr(client, url)).json()["pages"]) == 2
        by_id = await client.post("/v1/ocr", json={"document": {"type": "file", "file_id": file_id}, "pages": "1"})
        assert [page["index"] for page in by_id.json()["pages"]] == [1]
        assert (await client.get(url)).content == PAPER
        assert (await client.get(f"/v1/files/{file_id}")).json()["filename"] == "a.pdf"
        assert (await client.delete(f"/v1/files/{file_id}")).json()["deleted"] is True
        for path in (f"/v1/files/{file_id}", f"/v1/files/{file_id}/url", url):
            assert (await client.get(path)).status_code == 404
        assert (await ocr(client, url)).status_code == 404
        await ocr(client)
    assert engine.calls == 2


async def test_images_come_as_image_url(local: Opener) -> None:
    async with local() as client:
        data = f"data:image/tiff;base64,{base64.b64encode(PHOTO).decode()}"
        for url in (data, {"url": data}):
            answered = await client.post("/v1/ocr", json={"document": {"type": "image_url", "image_url": url}})
            assert len(answered.json()["pages"]) == 1


async def test_pages_count_from_0(local: Opener) -> None:
    wanted: list[tuple[Any, list[int]]] = [([1], [1]), ("0-1", [0, 1]), ([0, 1], [0, 1]), (None, [0, 1])]
    async with local() as client:
        for pages, indexes in wanted:
            assert [page["index"] for page in (await ocr(client, pages=pages)).json()["pages"]] == indexes


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("http://127.0.0.1:1/a.pdf", {}, "url"),
    ("file:///etc/passwd", {}, "url"),
    ("/v1/files/00000000-0000-0000-0000-000000000000/content?expires=9&signature=x", {}, "expired"),
    ("data:application/pdf,raw", {}, "base64"),
    (DATA_URL, {"pages": "3-1"}, "pages"),
    (DATA_URL, {"pages": []}, "pages"),
    (DATA_URL, {"document": 7}, "document is missing"),
]


async def test_what_cannot_be_read_is_refused(local: Opener) -> None:
    async with local() as client:
        for url, more, says in REFUSED:
            refused = await ocr(client, url, **more)
            assert (refused.status_code, says in refused.json()["detail"]) == (422, True), refused.text


async def test_files_survive_a_restart(local: Opener) -> None:
    async with local() as client:
        file_id = await upload(client)
    async with local() as client:
        answered = await client.post("/v1/ocr", json={"document": {"type": "file", "file_id": file_id}})
        assert len(answered.json()["pages"]) == 2
        assert (await client.get("/v1/models")).json()["data"][0]["id"] == "mistral-ocr-latest"
        assert (await client.get("/v1/files/..%2F..%2Fjobs")).status_code == 404
