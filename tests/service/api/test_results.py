from __future__ import annotations

import json

from olmocr_core import process_pdf_file
from olmocr_core.domain.identity import bytes_digest
from olmocr_core.domain.models import PageBlock
from tests.service.conftest import READING, Opener
from tests.service.documents import PAPER, PATH, SAMPLES, send
from tests.service.engines import BLOCKS, Held, placed


async def test_the_text_in_each_format(local: Opener) -> None:
    record = process_pdf_file(SAMPLES / "code_and_formula.pdf", settings=READING)
    async with local() as client:
        place = (await send(client, PAPER, "paper.pdf", wait=20)).json()["links"]["result"]
        markdown = await client.get(place)
        assert (markdown.text, markdown.headers["content-type"]) == (record.text, "text/markdown; charset=utf-8")
        found = (await client.get(place, headers={"Accept": "application/json"})).json()
        assert found["document"]["doc_id"] == bytes_digest(PAPER)
        assert found["document"]["sources"] == [{"uri": "paper.pdf", "name": "paper.pdf"}]
        assert [page["page_number"] for page in found["pages"]] == [1, 2]
        assert "\n".join(page["text"] for page in found["pages"]) == record.text
        dolma = await client.get(place, params={"format": "dolma"})
        assert dolma.text.count("\n") == 1
        assert (json.loads(dolma.text)["id"], json.loads(dolma.text)["text"]) == (bytes_digest(PAPER), record.text)


async def test_pages_have_the_blocks_of_their_records(local: Opener) -> None:
    async with local(placed()) as client:
        job = (await send(client, PAPER, wait=20)).json()
        pages = (await client.get(job["links"]["result"], params={"format": "json"})).json()["pages"]
        assert [page["page_size"] for page in pages] == [[612, 792]] * 2
        assert [tuple(PageBlock.model_validate(block) for block in page["blocks"]) for page in pages] == [BLOCKS] * 2
        page = (await client.get(f"{PATH}/{job['id']}/pages/2")).json()
        assert page["transcription"]["blocks"] == pages[1]["blocks"]
        dolma = await client.get(job["links"]["result"], params={"format": "dolma"})
        assert "blocks" not in dolma.text


async def test_engines_that_know_no_places_have_no_blocks(local: Opener) -> None:
    async with local() as client:
        place = (await send(client, PAPER, wait=20)).json()["links"]["result"]
        pages = (await client.get(place, params={"format": "json"})).json()["pages"]
        assert [(page["page_size"], page["blocks"]) for page in pages] == [(None, [])] * 2


async def test_a_format_that_was_not_asked_for_is_refused(local: Opener) -> None:
    async with local() as client:
        place = (await send(client, PAPER, wait=20, formats="json")).json()["links"]["result"]
        assert (await client.get(place)).headers["content-type"] == "application/json"
        assert (await client.get(place, params={"format": "markdown"})).status_code == 406
        assert (await client.get(place, params={"format": "docx"})).status_code == 422


async def test_what_is_not_finished_or_failed_has_no_result(local: Opener) -> None:
    async with local(Held()) as client:
        place = (await send(client, PAPER)).json()["links"]["result"]
        early = await client.get(place)
        assert (early.status_code, early.headers["retry-after"]) == (409, "1")
        failed = (await send(client, PAPER[:2000], "cut.pdf", wait=20)).json()
        refused = await client.get(failed["links"]["result"])
        assert refused.status_code == 422
        assert refused.json()["detail"].startswith("cut.pdf could not be read: ")
        assert refused.json()["reasons"] == failed["reasons"]


async def test_a_result_that_was_deleted_is_said(local: Opener) -> None:
    async with local() as client:
        job = (await send(client, PAPER, wait=20)).json()
        client.state.folder.result(job["id"]).unlink()
        assert (await client.get(job["links"]["result"])).status_code == 410
        assert (await client.get(f"{PATH}/{job['id']}/events")).text.startswith("event: end")
        assert (await send(client, PAPER, wait=20)).status_code == 200
        assert (await client.get(job["links"]["result"])).status_code == 200
