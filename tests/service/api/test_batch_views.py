from __future__ import annotations

from olmocr_core.domain.models import ErrorInfo
from service.api.batch_views import view_batch
from service.api.views import view
from service.batches.desk import FoundBatch
from service.batches.models import Batch, BatchItem
from service.jobs.desk import FoundJob
from tests.service.jobs.examples import a_job


def test_a_batch_runs_until_every_job_has_ended() -> None:
    done, queued = a_job(state="done"), a_job("cd" * 32)
    refused = BatchItem(filename="c", error=ErrorInfo(code="c", message="m"))
    deleted = BatchItem(filename="d", job="gone")
    items = (*(BatchItem(filename="a", job=one.id) for one in (done, queued)), refused, deleted)
    batch = Batch(id="b", created=0, items=items)
    found = FoundBatch(batch, {one.id: FoundJob(one, None) for one in (done, queued)})
    shown = view_batch(found, {done.id: view(done), queued.id: view(queued)}, "https://ocr.org")
    assert (shown.state, shown.counts) == ("running", {"done": 1, "queued": 1, "refused": 1})
    assert [one.document is None for one in shown.documents] == [False, False, True, True]
    assert shown.links["result"] == "https://ocr.org/v1/batches/b/result"
    ended = found._replace(jobs={done.id: FoundJob(done, None)})
    assert view_batch(ended, {}).state == "done"
