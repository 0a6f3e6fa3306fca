"""How a batch looks to a client."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from olmocr_core.domain.models import ErrorInfo, Frozen
from service.api.views import JobView
from service.batches.desk import FoundBatch
from service.jobs.models import State, iso_time

PATH = "/v1/batches"


class MemberView(Frozen):
    """A document of a batch under its name there: its job, or why it has none."""

    filename: str
    document: JobView | None
    error: ErrorInfo | None


class BatchView(Frozen):
    """A batch: ``running`` until every job has ended. ``counts``: jobs by state, and ``refused`` for files without one."""

    id: str
    state: State
    created: str
    counts: dict[str, int]
    documents: tuple[MemberView, ...]
    links: dict[str, str]


def view_batch(found: FoundBatch, views: Mapping[str, JobView], base_url: str = "") -> BatchView:
    """The view of a batch from the views of its jobs by their ids; ``base_url`` is put before links."""
    batch = found.batch
    place = f"{base_url}{PATH}/{batch.id}"
    states = Counter(one.job.state for one in found.jobs.values())
    refused = sum(item.error is not None for item in batch.items)
    return BatchView(
        id=batch.id,
        state="done" if found.is_final else "running",
        created=iso_time(batch.created),
        counts={**states, "refused": refused},
        documents=tuple(
            MemberView(filename=item.filename, document=views.get(item.job or ""), error=item.error)
            for item in batch.items
        ),
        links={"self": place, "result": f"{place}/result"},
    )
