"""Which callbacks are due; how they are sent is tested in ``test_sender.py``."""

from __future__ import annotations

from pathlib import Path

from service.batches.models import Batch, BatchItem
from service.batches.store import BatchStore
from service.callbacks.models import Callback
from service.callbacks.store import CallbackStore
from service.jobs.database import open_database
from service.jobs.store import JobStore
from tests.service.jobs.examples import a_job


async def test_callbacks_are_due_when_their_target_has_ended_and_their_time_has_come(tmp_path: Path) -> None:
    job, other = a_job(), a_job("cd" * 32)
    batch = Batch(id="b" * 32, created=1, items=tuple(BatchItem(filename="a", job=one.id) for one in (job, other)))
    of_job = Callback(id="1", target="document", target_id=job.id, url="u", created=1, not_before=50)
    of_batch = Callback(id="2", target="batch", target_id=batch.id, url="u", created=1)
    async with open_database(tmp_path / "jobs.sqlite") as engine:
        jobs, batches, callbacks = JobStore(engine), BatchStore(engine), CallbackStore(engine)
        for one in (job, other):
            await jobs.add(one)
        await batches.add(batch)
        for callback in (of_job, of_batch, of_batch.model_copy(update={"id": "3"})):
            assert await callbacks.add(callback, 1)
        assert not await callbacks.add(of_batch.model_copy(update={"id": "4", "url": "other"}), 1)
        assert await callbacks.due(100, 9) == []
        assert await callbacks.next_time() is None
        await jobs.save(job.model_copy(update={"state": "done"}))
        assert [one.id for one in await callbacks.due(49, 9)] == []
        assert await callbacks.next_time() == 50
        assert await callbacks.due(100, 9) == [of_job]
        await jobs.save(other.model_copy(update={"state": "failed"}))
        assert [one.id for one in await callbacks.due(100, 9)] == ["2", "1"]
        await callbacks.save(of_batch.model_copy(update={"state": "sent"}))
        assert await callbacks.due(100, 9) == [of_job]
        await jobs.remove(job.id)
        assert await callbacks.of("document", job.id) == []
