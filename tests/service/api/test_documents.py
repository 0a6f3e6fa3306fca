from __future__ import annotations

import asyncio

import pytest

from olmocr_core.domain.identity import bytes_digest
from olmocr_core.engines.scripted import ScriptedEngine
from tests.service.conftest import Opener, first_page
from tests.service.documents import PAPER, PATH, SAMPLES, send
from tests.service.engines import Held


async def test_a_form_and_a_raw_body_are_the_same_document(local: Opener) -> None:
    async with local() as client:
        form = await send(client, PAPER, "paper.pdf", wait=20)
        raw = await client.post(PATH, content=PAPER, headers={"X-Filename": "..%2Fother.pdf"}, params={"wait": 20})
        assert (form.status_code, raw.status_code) == (200, 200)
        assert raw.json() == form.json()
        assert form.headers["location"] == form.json()["links"]["self"] == f"{PATH}/{form.json()['id']}"
        shown = form.json()
        expected = {"state": "done", "pages": 2, "pages_done": 2, "filename": "paper.pdf", "document_status": "kept"}
        assert {name: shown[name] for name in expected} == expected
        assert shown["sha256"] == bytes_digest(PAPER)


async def test_who_waits_too_short_gets_the_same_job_and_it_goes_on(local: Opener) -> None:
    engine = Held()
    async with local(engine) as client:
        early = await send(client, PAPER, wait=0.05)
        assert (early.status_code, early.headers["retry-after"]) == (202, "1")
        place = early.json()["links"]["self"]
        await first_page(client, early.json()["id"])
        running = (await client.get(place)).json()
        assert (running["state"], running["pages_done"], running["pages"]) == ("running", 1, 2)
        late = asyncio.create_task(client.get(place, params={"wait": 20}))
        engine.release()
        assert (await late).json()["state"] == "done"
    assert engine.calls == 2


async def test_a_client_asks_before_it_sends_the_body(local: Opener) -> None:
    engine = ScriptedEngine(name="instant")
    async with local(engine) as client:
        digest = {"sha256": bytes_digest(PAPER)}
        assert (await client.head(PATH, params=digest)).status_code == 404
        assert (await client.post(PATH, params=digest)).status_code == 404
        job = (await send(client, PAPER, wait=20)).json()
        assert (await client.head(PATH, params=digest)).status_code == 200
        assert (await client.get(PATH, params=digest)).json() == [job]
        assert (await client.post(PATH, params=digest)).json() == job
        other = await client.post(PATH, params=digest | {"formats": "json", "wait": "20"})
        assert (other.json()["formats"], other.json()["state"]) == (["json"], "done")
    assert engine.calls == 2


async def test_options_come_from_query_and_form_and_no_others(local: Opener) -> None:
    async with local() as client:
        files = {"file": ("a.pdf", PAPER)}
        form = await client.post(PATH, files=files, data={"formats": "dolma, json"}, params={"wait": 20})
        assert form.json()["formats"] == ["dolma", "json"]
        for name, value in (("engine", "http://evil/v1"), ("server", "x"), ("formats", "docx"), ("formats", "")):
            refused = await client.post(PATH, files=files, data={name: value})
            assert (refused.status_code, name in refused.json()["detail"]) == (422, True)


@pytest.mark.parametrize("params", [{"wait": "-1"}, {"wait": "301"}, {"wait": "x"}, {"sha256": "../../x"}])
async def test_wrong_parameters_are_refused(local: Opener, params: dict[str, str]) -> None:
    async with local() as client:
        refused = await client.post(PATH, content=PAPER, params=params)
        assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")


async def test_a_text_that_names_files_of_the_machine_is_no_list_of_sources(local: Opener) -> None:
    async with local() as client:
        for path in (SAMPLES / "blank.pdf", "/etc/passwd", "s3://bucket/key.pdf"):
            answer = await client.post(PATH, content=f"{path}\n%PDF-1.7\n".encode(), params={"wait": 20})
            assert (answer.json()["state"], answer.json()["pages_done"]) == ("failed", 0)
            assert str(client.state.folder.root) not in answer.text


async def test_what_is_unknown_is_not_found(local: Opener) -> None:
    async with local() as client:
        for method, path in (
            ("GET", "x"),
            ("DELETE", "x"),
            ("GET", "x/events"),
            ("GET", "x/result"),
            ("GET", "x/pages/1"),
        ):
            answer = await client.request(method, f"{PATH}/{path}")
            assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_uploads_larger_than_the_limit_are_refused(local: Opener) -> None:
    async with local(upload_mb=1) as client:
        refused = await client.post(PATH, content=PAPER + bytes(1_000_000))
        assert (refused.status_code, "1 MB" in refused.json()["detail"]) == (413, True)
