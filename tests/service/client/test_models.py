from __future__ import annotations

from service.api.views import view
from service.client.models import parse_job
from tests.service.jobs.examples import a_job


def test_a_job_is_what_the_service_shows_and_what_is_new_is_left_out() -> None:
    shown = view(a_job(state="done", finished=1.0), position=None).model_dump(mode="json")
    job = parse_job(shown | {"new_member": 1})
    assert (job.id, job.state, job.is_final, job.created) == (shown["id"], "done", True, shown["created"])
    assert job.formats == tuple(shown["formats"])
