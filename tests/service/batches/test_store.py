from __future__ import annotations

from pathlib import Path

from olmocr_core.domain.models import ErrorInfo
from service.batches.models import Batch, BatchItem, batch_id
from service.batches.store import BatchStore
from service.jobs.database import open_database

ITEMS = (
    BatchItem(filename="a.pdf", job="a" * 32),
    BatchItem(filename="a.txt", error=ErrorInfo(code="unreadable_document", message="no")),
    BatchItem(filename="b.pdf", job="a" * 32),
)


async def test_a_batch_is_stored_as_it_is_and_once(tmp_path: Path) -> None:
    batch = Batch(id=batch_id(ITEMS), created=1.5, items=ITEMS)
    async with open_database(tmp_path / "jobs.sqlite") as engine:
        store = BatchStore(engine)
        await store.add(batch)
        await store.add(batch.model_copy(update={"created": 9.0}))
        assert await store.get(batch.id) == batch
        assert await store.of_job("a" * 32) == [batch.id]
        await store.remove(batch.id)
        assert await store.get(batch.id) is None
        assert await store.of_job("a" * 32) == []


def test_the_same_documents_are_the_same_batch() -> None:
    assert batch_id(ITEMS) == batch_id(ITEMS)
    assert batch_id(ITEMS) != batch_id(ITEMS[:2])
