from __future__ import annotations

import asyncio
import base64
import io
import json
import zipfile
from typing import Any

import httpx

from tests.service.conftest import Local, Opener
from tests.service.documents import PAPER, PATH, a_pdf
from tests.service.engines import Held, placed
from tests.service.facades.partial import partial_engine

FILE = "/v1/convert/file"
SOURCE = "/v1/convert/source"


async def convert(client: Local, path: str = FILE, data: bytes = PAPER, **fields: Any) -> httpx.Response:
    return await client.post(path, files={"files": ("a paper.pdf", data, "application/pdf")}, data=fields)


def source(data: bytes = PAPER) -> dict[str, Any]:
    return {"kind": "file", "filename": "a.pdf", "base64_string": base64.b64encode(data).decode()}


async def test_a_file_comes_back_in_the_body(local: Opener) -> None:
    async with local(placed()) as client:
        answered = (await convert(client, to_formats=["md", "json", "html", "text"])).json()
        assert (answered["status"], answered["errors"]) == ("success", [])
        document = answered["document"]
        assert document["filename"] == "a paper.pdf"
        assert document["md_content"].count("# A title") == 2
        assert list(document["json_content"]["pages"]) == ["1", "2"]
        assert document["html_content"].count("<section") == 2
        assert document["text_content"] == document["md_content"]


async def test_what_open_webui_sends_gives_a_page_break_for_each_page(local: Opener) -> None:
    async with local() as client:
        fields = {"image_export_mode": "placeholder", "md_page_break_placeholder": "\f", "to_formats": ["md", "json"]}
        document = (await convert(client, **fields)).json()["document"]
        assert [page.strip()[:6] for page in document["md_content"].split("\f")] == ["Page 1", "Page 2"]
        assert {item["prov"][0]["page_no"] for item in document["json_content"]["texts"]} == {1, 2}


async def test_formats_may_come_as_json_in_a_text(local: Opener) -> None:
    async with local() as client:
        document = (await convert(client, to_formats='["json","md","doctags"]')).json()["document"]
        assert document["md_content"]
        assert document["json_content"]
        assert document["doctags_content"] is None
        refused = await convert(client, to_formats="doctags")
        assert (refused.status_code, "md, json, html, text" in refused.json()["detail"]) == (422, True)


async def test_a_task_is_polled_and_its_result_stays(local: Opener) -> None:
    engine = Held()
    async with local(engine) as client:
        task = (await convert(client, f"{FILE}/async", to_formats="md")).json()
        assert task["task_status"] in ("pending", "started")
        place = f"/v1/status/poll/{task['task_id']}"
        early = await client.get(f"/v1/result/{task['task_id']}")
        assert (early.status_code, early.json()["detail"].startswith("Task result not found")) == (404, True)
        waiting = asyncio.create_task(client.get(place, params={"wait": 20}))
        engine.release()
        ended = (await waiting).json()
        assert (ended["task_status"], ended["task_meta"]["num_succeeded"]) == ("success", 1)
        for _ in range(2):
            result = (await client.get(f"/v1/result/{task['task_id']}")).json()
            assert result["document"]["md_content"].startswith("Page 1")
            assert result["document"]["json_content"] is None


async def test_a_zip_has_a_file_for_each_format(local: Opener) -> None:
    async with local() as client:
        fields = {"target_type": "zip", "to_formats": ["json", "md"], "image_export_mode": "referenced"}
        task = (await convert(client, f"{FILE}/async", **fields)).json()
        await client.get(f"/v1/status/poll/{task['task_id']}", params={"wait": 20})
        result = await client.get(f"/v1/result/{task['task_id']}")
        assert result.headers["content-type"] == "application/zip"
        archive = zipfile.ZipFile(io.BytesIO(result.content))
        assert sorted(archive.namelist()) == ["a paper.json", "a paper.md"]
        assert json.loads(archive.read("a paper.json"))["schema_name"] == "DoclingDocument"


async def test_several_files_come_back_as_a_zip(local: Opener) -> None:
    async with local() as client:
        files = [("files", ("a.pdf", a_pdf(1))), ("files", ("a.pdf", a_pdf(1, seed=1)))]
        archive = zipfile.ZipFile(io.BytesIO((await client.post(FILE, files=files)).content))
        assert archive.namelist() == ["a.md", "a (2).md"]


async def test_sources_come_as_base64_in_json(local: Opener) -> None:
    async with local() as client:
        body = {"options": {"to_formats": ["text"], "page_range": [2, 2]}, "sources": [source()]}
        answered = (await client.post(SOURCE, json=body)).json()
        assert answered["document"]["text_content"].startswith("Page 2")
        assert answered["document"]["md_content"] is None
        task = (await client.post(f"{SOURCE}/async", json={"sources": [source()]})).json()
        assert task["task_type"] == "convert"


REFUSED: list[tuple[Any, str]] = [
    ({"sources": [{"kind": "http", "url": "http://127.0.0.1/a.pdf"}]}, "url"),
    ({"sources": [{"kind": "s3", "bucket": "b"}]}, "kinds file"),
    ({"sources": [{"kind": "file", "base64_string": "%"}]}, "empty"),
    ({"sources": []}, "1 to 10"),
    ({"sources": [source()], "target": {"kind": "s3"}}, "inbody or zip"),
    ({"sources": [source()], "options": {"page_range": [0]}}, "page_range"),
    ([], "object"),
]


async def test_what_cannot_be_converted_is_refused_with_the_reason(local: Opener) -> None:
    async with local() as client:
        for body, says in REFUSED:
            refused = await client.post(SOURCE, json=body)
            assert (refused.status_code, says in refused.json()["detail"]) == (422, True), refused.text


async def test_doclings_client_falls_back_from_presigned_urls_by_these_words(local: Opener) -> None:
    async with local() as client:
        refused = await convert(client, f"{FILE}/async", target_type="presigned_url")
        assert refused.status_code == 422
        assert "artifact storage to be configured" in refused.json()["detail"]


async def test_a_setting_says_whether_partial_is_success(local: Opener) -> None:
    for allowed, status, task_status in ((True, "success", "success"), (False, "partial_success", "failure")):
        async with local(partial_engine(), partial_is_success=allowed) as client:
            answered = (await convert(client)).json()
            assert answered["status"] == status
            assert answered["errors"][0]["page_no"] == 2
            task = (await convert(client, f"{FILE}/async", target_type="zip")).json()
            assert task["task_status"] == task_status


async def test_a_document_that_failed_says_why(local: Opener) -> None:
    async with local() as client:
        answered = (await convert(client, data=PAPER[:2000])).json()
        assert answered["status"] == "failure"
        assert answered["errors"][0]["error_message"].startswith("a paper.pdf")
        task = (await convert(client, f"{FILE}/async", data=PAPER[:2000])).json()
        assert (task["task_status"], bool(task["error_message"])) == ("failure", True)
        result = await client.get(f"/v1/result/{task['task_id']}")
        assert (result.status_code, task["error_message"] in result.json()["detail"]) == (404, True)


async def test_ids_of_no_task_are_refused_in_the_words_of_docling(local: Opener) -> None:
    async with local() as client:
        for task_id in ("nonsense", f"{'0' * 32}-m--61", "a" * 13_000, f"{'0' * 32}-m-zz-61", f"{'0' * 32}-m--61-61"):
            for path in ("status/poll", "result"):
                answered = await client.get(f"/v1/{path}/{task_id}")
                assert (answered.status_code, answered.json()["detail"]) == (404, "Task not found.")


async def test_the_same_bytes_under_another_name_come_back_under_it(local: Opener) -> None:
    async with local() as client:
        for name in ("first.pdf", "second.pdf"):
            answered = await client.post(FILE, files={"files": (name, PAPER)}, data={"to_formats": ["md", "json"]})
            document = answered.json()["document"]
            assert (document["filename"], document["json_content"]["origin"]["filename"]) == (name, name)
            task = (
                await client.post(f"{FILE}/async", files={"files": (name, PAPER)}, data={"target_type": "zip"})
            ).json()
            archive = await client.get(f"/v1/result/{task['task_id']}")
            assert zipfile.ZipFile(io.BytesIO(archive.content)).namelist() == [name.replace("pdf", "md")]
            assert list((await client.post("/file_parse", files={"files": (name, PAPER)})).json()["results"]) == [
                name[:-4]
            ]
            assert (await client.post("/process-pdf", files={"file": (name, PAPER)})).json()["filename"] == name
            assert (await client.post("/v1/files", files={"file": (name, PAPER)})).json()["filename"] == name


async def test_the_same_file_is_one_job_in_every_api(local: Opener) -> None:
    engine = placed()
    async with local(engine) as client:
        await convert(client)
        native = await client.post(PATH, files={"file": ("b.pdf", PAPER)})
        assert (native.status_code, engine.calls) == (200, 2)
        assert "olmocr-flows" in (await client.get("/version")).json()
