from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from service.client import AsyncClient, ServiceError
from tests.service.client.conftest import TEXT
from tests.service.documents import PHOTO, a_pdf


async def test_documents_are_converted_side_by_side(url: str) -> None:
    async with AsyncClient(url, TEXT) as client:
        converted = await asyncio.gather(*(client.convert(a_pdf(1, seed), filename=f"{seed}.pdf") for seed in range(5)))
    assert [one.job.filename for one in converted] == [f"{seed}.pdf" for seed in range(5)]
    assert len({one.text for one in converted}) == 5


async def test_without_a_key_nothing_is_asked_again(url: str) -> None:
    async with AsyncClient(url) as client:
        with pytest.raises(ServiceError, match="needs an API key"):
            await client.convert(PHOTO)


async def test_a_client_that_gives_up_leaves_the_document_to_the_service(url: str, paper: Path) -> None:
    async with AsyncClient(url, TEXT) as client:
        job = await client.submit(paper)
        converting = asyncio.create_task(client.convert(paper))
        await asyncio.sleep(0)
        converting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await converting
        assert (await client.get(job.id, wait=20)).state == "done"
