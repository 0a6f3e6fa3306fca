from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from olmocr_core.domain.models import ErrorInfo
from service.jobs.database import open_database
from service.jobs.models import JobOptions
from service.jobs.store import JobStore
from tests.service.jobs.examples import DOCUMENT, a_job


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[JobStore]:
    async with open_database(tmp_path / "jobs.sqlite") as engine:
        yield JobStore(engine)


async def test_a_job_comes_back_as_it_was(store: JobStore) -> None:
    job = a_job(
        filename="Prüfung \N{GRINNING FACE}.pdf",
        created=1764412345.678901,
        state="failed",
        finished=1764412346.5,
        reasons=(ErrorInfo(code="engine_unavailable", message="der Server schweigt"),),
        document_status="failed",
        size_bytes=1 << 40,
    )
    await store.add(job)
    assert await store.get(job.id) == job
    await store.save(changed := job.model_copy(update={"tries": 3, "pages": 7}))
    assert await store.get(job.id) == changed
    await store.remove(job.id)
    assert await store.get(job.id) is None


async def test_the_same_job_is_stored_once(store: JobStore) -> None:
    await store.add(a_job())
    with pytest.raises(IntegrityError):
        await store.add(a_job(id="0" * 32))


async def test_a_job_that_was_forgotten_is_not_stored_again(store: JobStore) -> None:
    await store.save(a_job())
    assert await store.get(a_job().id) is None


async def test_jobs_are_found_by_state_and_document_the_oldest_first(store: JobStore) -> None:
    late = a_job(created=3.0)
    early = a_job(options=JobOptions(formats=("json",)), created=2.0)
    other = a_job("cd" * 32, state="done")
    for job in (late, early, other):
        await store.add(job)
    assert await store.find("queued", "failed") == [early, late]
    assert await store.of_document(DOCUMENT) == [early, late]
    assert await store.documents() == {DOCUMENT, "cd" * 32}
