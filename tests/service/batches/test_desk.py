"""A batch over the desk of jobs; through the API in ``tests/service/api/test_batches.py``."""

from __future__ import annotations

from olmocr_core.domain.models import ErrorInfo
from service.batches.desk import Refused
from service.jobs.models import JobOptions
from tests.service.conftest import Opener


async def test_a_batch_of_refused_files_is_a_batch_that_has_ended(local: Opener) -> None:
    async with local() as client:
        desk = client.state.batches
        found = await desk.accept([Refused("a", ErrorInfo(code="c", message="m"))], JobOptions())
        assert found.is_final
        assert found.batch.jobs == ()
        assert await desk.wait(found.batch.id, 5) == found
        assert await desk.forget(found.batch.id)
        assert await desk.find(found.batch.id) is None
