"""What holds for all facades."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from service.api_keys import make_api_key
from service.app import FACADES, make_app
from service.settings import ServiceSettings
from tests.service.conftest import Opener
from tests.service.documents import PAPER
from tests.service.engines import Held
from tests.service.facades.partial import partial_engine

REQUESTS = {
    "docling": ("POST", "/v1/convert/file"),
    "mineru": ("POST", "/file_parse"),
    "mistral": ("POST", "/v1/ocr"),
    "open-webui": ("PUT", "/process"),
    "process-pdf": ("POST", "/process-pdf"),
    "tika": ("PUT", "/tika/text"),
}


def test_every_facade_is_on_by_default() -> None:
    assert set(ServiceSettings().facades) == set(FACADES) == set(REQUESTS)


async def ask(settings: ServiceSettings, name: str, headers: dict[str, str] | None = None) -> int:
    """The status of a request to an application that never started: 500 where it is served."""
    transport = httpx.ASGITransport(make_app(settings), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return (await client.request(*REQUESTS[name], content=b"", headers=headers)).status_code


@pytest.mark.parametrize("name", REQUESTS)
async def test_each_can_be_switched_off(name: str) -> None:
    others = ",".join(other for other in REQUESTS if other != name)
    off = ServiceSettings.model_validate({"facades": others})
    assert await ask(off, name) == 404
    assert [await ask(off, other) for other in off.facades] == [500] * 5


@pytest.mark.parametrize("name", REQUESTS)
async def test_each_needs_a_key(name: str) -> None:
    text, key = make_api_key("a")
    settings = ServiceSettings(api_keys=(key,))
    assert await ask(settings, name) == 401
    for headers in ({"X-Api-Key": text}, {"Authorization": f"Bearer {text}"}):
        assert await ask(settings, name, headers) == 500


async def test_a_full_queue_and_a_wait_that_ends_are_said(local: Opener) -> None:
    async with local(Held(first=0), wait_seconds=0.05, most_queued=1, jobs_at_once=1) as client:
        for name in ("open-webui", "tika"):
            late = await client.request(*REQUESTS[name], content=PAPER)
            assert (late.status_code, late.headers["retry-after"]) == (504, "5")


async def test_a_setting_says_whether_partial_is_success(local: Opener) -> None:
    data_url = f"data:application/pdf;base64,{base64.b64encode(PAPER).decode()}"
    bodies: dict[str, dict[str, Any]] = {
        "mineru": {"files": {"files": ("a.pdf", PAPER)}},
        "mistral": {"json": {"document": {"document_url": data_url}}},
        "open-webui": {"content": PAPER},
        "process-pdf": {"files": {"file": ("a.pdf", PAPER)}},
        "tika": {"content": PAPER},
    }
    for allowed, status in ((True, 200), (False, 422)):
        async with local(partial_engine(), partial_is_success=allowed) as client:
            for name, body in bodies.items():
                answered = await client.request(*REQUESTS[name], **body)
                assert (name, answered.status_code) == (name, status)
                assert allowed or "page" in answered.json()["detail"]
