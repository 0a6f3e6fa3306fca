"""What a callback tells: the state of the document or batch, as the API gives it, with links that can be followed."""

from __future__ import annotations

from service.api.batch_views import view_batch
from service.api.views import view
from service.batches.desk import BatchDesk
from service.callbacks.models import Target
from service.callbacks.sender import MakeBody
from service.jobs.desk import JobDesk


def body_maker(desk: JobDesk, batches: BatchDesk, base_url: str) -> MakeBody:
    """What makes the body of a callback; None for a document or batch that was deleted."""

    async def make_body(target: Target, target_id: str) -> bytes | None:
        if target == "batch":
            batch = await batches.find(target_id)
            if batch is None:
                return None
            views = {job_id: view(one.job, base_url=base_url) for job_id, one in batch.jobs.items()}
            return view_batch(batch, views, base_url).model_dump_json().encode()
        found = await desk.find(target_id)
        return view(found.job, base_url=base_url).model_dump_json().encode() if found else None

    return make_body
