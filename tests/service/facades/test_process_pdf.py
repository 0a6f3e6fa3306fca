from __future__ import annotations

import httpx

from olmocr_core.engines.scripted import ScriptedEngine, answer
from tests.service.conftest import Local, Opener
from tests.service.documents import PAPER, PATH
from tests.service.engines import Held


async def process(client: Local, data: bytes = PAPER) -> httpx.Response:
    return await client.post("/process-pdf", files={"file": ("report.pdf", data)}, data={"mode": "any"})


async def test_a_form_with_a_file_comes_back_as_text(local: Opener) -> None:
    async with local() as client:
        answered = (await process(client)).json()
        assert set(answered) == {"status", "filename", "result"}
        assert (answered["status"], answered["filename"]) == ("success", "report.pdf")
        assert answered["result"].startswith("Page 1 of document")


async def test_who_waits_too_short_sends_the_same_again(local: Opener) -> None:
    engine = Held()
    async with local(engine, wait_seconds=0.05) as client:
        late = await process(client)
        assert (late.status_code, late.headers["retry-after"]) == (504, "5")
        engine.release()
        await client.get(f"{PATH}/{late.json()['id']}", params={"wait": 20})
        assert (await process(client)).status_code == 200
    assert engine.calls == 2


async def test_a_setting_says_whether_partial_is_success(local: Opener) -> None:
    def bad_page(request: object, call: int) -> object:
        page = request.page.page_number  # type: ignore[attr-defined]
        return answer("good " * 30) if page == 1 else answer("again and again " * 400)

    for allowed, status in ((True, 200), (False, 422)):
        engine = ScriptedEngine(bad_page, name="instant")  # type: ignore[arg-type]
        async with local(engine, partial_is_success=allowed) as client:
            assert (await process(client)).status_code == status


async def test_a_document_that_failed_says_why(local: Opener) -> None:
    async with local() as client:
        failed = await process(client, PAPER[:2000])
        assert failed.status_code == 422
        assert "report.pdf could not be read" in failed.json()["detail"]
