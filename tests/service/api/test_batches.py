"""``/v1/batches``: many documents at once, each a job of its own."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from typing import Any

import httpx

from service.api.batches import PATH
from tests.service import documents
from tests.service.batches.test_members import a_tar
from tests.service.conftest import Opener, started
from tests.service.documents import PAPER, PHOTO, a_pdf, send
from tests.service.engines import Held


async def send_all(client: httpx.AsyncClient, *files: tuple[str, bytes], **params: Any) -> httpx.Response:
    return await client.post(PATH, files=[("files", file) for file in files], params=params)


def unzip(answer: httpx.Response) -> dict[str, bytes]:
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def test_many_files_and_an_archive_are_one_batch(local: Opener) -> None:
    files = ("paper.pdf", PAPER), ("more.tgz", a_tar(("photo.tif", PHOTO), ("PAPER.pdf", PAPER))), ("no.txt", b"no")
    async with local() as client:
        answer = await send_all(client, *files, wait=20)
        batch = answer.json()
        assert (answer.status_code, batch["state"]) == (200, "done")
        # The same bytes are one job, under both names.
        assert batch["counts"] == {"done": 2, "refused": 1}
        assert [one["filename"] for one in batch["documents"]] == ["paper.pdf", "photo.tif", "PAPER.pdf", "no.txt"]
        assert "neither a PDF nor a PNG" in batch["documents"][3]["error"]["message"]
        assert (await send_all(client, *files)).json()["id"] == batch["id"]
        assert (await client.get(batch["links"]["self"])).json() == batch
        found = unzip(await client.get(batch["links"]["result"], params={"format": "json"}))
        assert list(found) == ["batch.json", "paper.pdf.json", "photo.tif.json", "PAPER.pdf (2).json"]
        assert json.loads(found["paper.pdf.json"])["document"]["doc_id"] == batch["documents"][0]["document"]["sha256"]


async def test_an_archive_can_be_the_body(local: Opener) -> None:
    async with local() as client:
        answer = await client.post(PATH, content=a_tar(("one.pdf", PAPER)), params={"wait": 20, "pages": "2"})
        assert [one["document"]["pages_done"] for one in answer.json()["documents"]] == [1]
        assert (await client.post(PATH, content=a_tar(("no.txt", b"no")))).status_code == 422


async def test_a_batch_is_accepted_as_a_whole_or_not_at_all(local: Opener) -> None:
    engine = Held(first=0)
    async with local(engine, most_queued=2, jobs_at_once=1) as client:
        first = (await send(client, a_pdf(1))).json()
        await asyncio.wait_for(started(client, first["id"]), 20)
        assert (await send_all(client, *((f"{n}.pdf", a_pdf(1, n)) for n in range(1, 3)))).status_code == 202
        full = await send_all(client, ("3.pdf", a_pdf(1, 3)))
        assert (full.status_code, full.headers["retry-after"]) == (429, "30")
        more = await send_all(client, *((f"{n}.pdf", a_pdf(1, n)) for n in range(4, 7)))
        assert (more.status_code, client.state.runners.waiting) == (422, 2)
        engine.release()


async def test_what_another_batch_holds_survives_a_deletion(local: Opener) -> None:
    async with local() as client:
        both = (await send_all(client, ("a.pdf", PAPER), ("b.tif", PHOTO), wait=20)).json()
        one = (await send_all(client, ("a.pdf", PAPER), wait=20)).json()
        assert (await client.delete(both["links"]["self"])).status_code == 204
        left = (await client.get(one["links"]["self"])).json()
        assert left["counts"] == {"done": 1, "refused": 0}
        gone = both["documents"][1]["document"]["id"]
        assert (await client.get(f"{documents.PATH}/{gone}")).status_code == 404
        for call in (client.get, client.delete):
            assert (await call(both["links"]["self"])).status_code == 404


async def test_what_is_finished_can_be_had_while_the_rest_is_read(local: Opener) -> None:
    engine = Held(first=1)
    async with local(engine) as client:
        batch = (await send_all(client, ("a.pdf", a_pdf(1)), ("b.pdf", a_pdf(2)), wait=0)).json()
        job = batch["documents"][0]["document"]["id"]
        await client.get(f"{documents.PATH}/{job}", params={"wait": 20})
        assert list(unzip(await client.get(batch["links"]["result"]))) == ["batch.json", "a.pdf.md"]
        running = (await client.get(batch["links"]["self"], params={"wait": 0.01})).json()
        assert running["state"] == "running"
        engine.release()
        assert (await client.get(batch["links"]["self"], params={"wait": 20})).json()["state"] == "done"
