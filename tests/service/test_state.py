from __future__ import annotations

import asyncio

import pytest

from olmocr_core.domain.errors import RunError
from tests.service.conftest import Opener
from tests.service.documents import PAPER, send


async def test_a_folder_serves_one_service_at_a_time(local: Opener) -> None:
    async with local():
        with pytest.raises(RunError, match="another olmocr-serve"):
            await local().__aenter__()


async def test_nothing_of_it_is_left_running(local: Opener) -> None:
    before = asyncio.all_tasks()
    async with local() as client:
        await send(client, PAPER, wait=20)
    assert asyncio.all_tasks() == before
